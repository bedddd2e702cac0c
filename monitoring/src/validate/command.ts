import { existsSync, globSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { readMetrics, root } from "../files.ts";
import { readNamed } from "../named-file.ts";
import { checkSloFile } from "../slo/check.ts";
import { kindOf, problemsOf, type Problem } from "./programs.ts";

/** Adds `validate [files...]`. Exit codes: 0 all in order, 1 something is wrong in a file; 2, from `main.ts`, when one is not there. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check files that people edit: definitions of service levels, rules, prometheus.yml, alertmanager.yml")
    .argument("[files...]", "files to check (default: all of the project's)")
    .action(async (files: string[]) => {
      const paths = files.length > 0 ? files : committed();
      const absent = paths.find((path) => !statSync(path, { throwIfNoEntry: false })?.isFile());
      if (absent !== undefined) throw new Error(`${absent}: ${existsSync(absent) ? "this is a folder" : "there is no such file"}; name definitions of service levels, a rule file, prometheus.yml or alertmanager.yml, or nothing for all of the project's`);
      for (const path of paths) {
        const { problems, summary } = await validate(path);
        const name = relative(process.cwd(), resolve(path));
        for (const { line, message } of problems) console.error(`${name}:${line}: ${message}`);
        if (problems.length > 0) process.exitCode = 1;
        else console.log(`${name}: ${summary}`);
      }
    });
}

function committed(): string[] {
  return [join(root, "SLO_DEFINITIONS.yml"), ...globSync("prometheus/{alerts,rules,generated}/*.yml", { cwd: root }).sort().map((file) => join(root, file)), join(root, "prometheus/prometheus.yml"), join(root, "alertmanager/alertmanager.yml")];
}

async function validate(path: string): Promise<{ problems: Problem[]; summary: string }> {
  const text = readNamed(path);
  const kind = kindOf(text);
  if (kind !== "definitions") return { problems: await problemsOf(path, text, kind), summary: "all in order" };
  const result = checkSloFile(text, readMetrics());
  if ("problems" in result) return { problems: result.problems, summary: "" };
  const { sli, slo, sla } = result.definitions;
  return { problems: [], summary: `${Object.keys(sli).length} indicators, ${slo.length} objectives, ${sla?.length ?? 0} promises: all in order` };
}
