import { globSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { readMetrics, root } from "../files.ts";
import { readNamed, yamlFilesIn } from "../named-file.ts";
import { checkSloFile } from "../slo/check.ts";
import type { Problem } from "../yaml-syntax.ts";
import { kindOf, problemsOf, sureKindOf } from "./programs.ts";

/** Adds `validate [paths...]`. Exit codes: 0 all in order, 1 something is wrong in a file; 2, from `main.ts`, when one is not there. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check files that people edit: definitions of service levels, rules, prometheus.yml, alertmanager.yml")
    .argument("[paths...]", "files to check, and folders to search for such files (default: all of the project's)")
    .action(async (paths: string[]) => {
      for (const path of paths.length > 0 ? paths.flatMap(filesOf) : committed()) {
        const { problems, summary } = await validate(path);
        const name = relative(process.cwd(), resolve(path));
        for (const { line, message } of problems) console.error(`${name}:${line}: ${message}`);
        if (problems.length > 0) process.exitCode = 1;
        else console.log(`${name}: ${summary}`);
      }
    });
}

/** A file itself; of a folder the files, down to the bottom, that are of a kind that is known here. @throws {Error} when there are none */
function filesOf(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Error(`${path}: there is no such file or folder; name definitions of service levels, a rule file, prometheus.yml or alertmanager.yml, or a folder with such files, or nothing for all of the project's`);
  if (!stats.isDirectory()) return [path];
  const files = yamlFilesIn(path).filter((file) => !["cases", undefined].includes(sureKindOf(readNamed(file))));
  if (files.length === 0) throw new Error(`${path}: no definitions of service levels, rules, prometheus.yml or alertmanager.yml (*.yml, *.yaml) found in this folder`);
  return files;
}

function committed(): string[] {
  return [join(root, "SLO_DEFINITIONS.yml"), ...globSync("prometheus/{alerts,rules,generated}/*.yml", { cwd: root }).sort().map((file) => join(root, file)), join(root, "prometheus/prometheus.yml"), join(root, "alertmanager/alertmanager.yml")];
}

async function validate(path: string): Promise<{ problems: Problem[]; summary: string }> {
  const text = readNamed(path);
  const kind = kindOf(text);
  if (kind === "cases") return { problems: [{ line: 1, message: "these are cases for rules; `npm run monitoring -- test` with this file reads them" }], summary: "" };
  if (kind !== "definitions") return { problems: await problemsOf(path, text, kind), summary: "all in order" };
  const result = checkSloFile(text, readMetrics());
  if ("problems" in result) return { problems: result.problems, summary: "" };
  const { sli, slo, sla } = result.definitions;
  return { problems: [], summary: `${Object.keys(sli).length} indicators, ${slo.length} objectives, ${sla?.length ?? 0} promises: all in order` };
}
