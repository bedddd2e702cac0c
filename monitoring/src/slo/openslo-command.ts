import type { Command } from "commander";
import { stringify } from "yaml";
import { readMetrics } from "../files.ts";
import { readNamed } from "../named-file.ts";
import { checkSloFile } from "./check.ts";
import type { Problem } from "../yaml-syntax.ts";
import { readSloFile } from "./definitions.ts";
import { exportOpenSlo } from "./openslo-export.ts";
import { importOpenSlo } from "./openslo-import.ts";

/** Adds `export-openslo` and `import-openslo`: YAML on standard output, what has no place on the other side on standard error, by line. */
export function addOpenSlo(program: Command, committed: string): void {
  program
    .command("export-openslo")
    .description("print definitions as OpenSLO v1")
    .argument("[definitions]", "file to read", committed)
    .action((file: string) => {
      const text = readNamed(file);
      const checked = checkSloFile(text, readMetrics());
      const read = readSloFile(text);
      if ("problems" in checked || "problems" in read) return fail(file, "problems" in checked ? checked.problems : []);
      const { text: openSlo, leftOut } = exportOpenSlo(checked.definitions);
      say(file, leftOut.map(({ path, message }) => ({ line: read.lineOf(path), message })));
      process.stdout.write(openSlo);
    });
  program
    .command("import-openslo")
    .description("print OpenSLO v1 as definitions; put them into SLO_DEFINITIONS.yml and validate")
    .argument("<file>", "OpenSLO file to read")
    .action((file: string) => {
      const { definitions, refused, leftOut } = importOpenSlo(readNamed(file));
      if (refused.length > 0) return fail(file, refused);
      say(file, leftOut);
      process.stdout.write(stringify({ version: 1, ...definitions }, { lineWidth: 0 }));
    });
}

function say(file: string, problems: Problem[]): void {
  for (const { line, message } of problems) console.error(`${file}:${line}: ${message}`);
}

function fail(file: string, problems: Problem[]): void {
  say(file, problems);
  process.exitCode = 1;
}
