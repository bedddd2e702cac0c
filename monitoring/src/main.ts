import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command } from "commander";
import { readMetrics, root } from "./files.ts";
import { staleFiles, writeFiles } from "./generated.ts";
import { prometheusAt } from "./prometheus.ts";
import { reportText } from "./slo/report-text.ts";
import { reportSpan } from "./slo/report-span.ts";
import { makeReport } from "./slo/report.ts";
import { checkSloFile } from "./slo/check.ts";
import type { Definitions } from "./slo/definitions.ts";
import { generateRules } from "./slo/rules.ts";

/** `npm run monitoring -- <command>`. Exit codes: 0 done, 1 something is wrong in a file, 2 wrong use or a file that cannot be read or written. */
const program = new Command("monitoring").description("Rules and checks from the files that people edit").exitOverride();
const committed = { definitions: join(root, "SLO_DEFINITIONS.yml"), rules: join(root, "prometheus/generated") };

program
  .command("generate")
  .description("write prometheus/generated/slo-*.yml from SLO_DEFINITIONS.yml")
  .option("--check", "write nothing; exit 1 when the files are not what would be written")
  .option("--file <definitions>", "definitions to read", committed.definitions)
  .option("--out <folder>", "folder of the rule files", committed.rules)
  .action(({ check, file, out }: { check?: boolean; file: string; out: string }) => {
    const definitions = read(file);
    if (!definitions) return;
    const rules = generateRules(definitions);
    const stale = check ? staleFiles(resolve(out), rules) : writeFiles(resolve(out), rules);
    if (check && stale.length > 0) {
      console.error(`${short(out)}: ${stale.join(", ")} ${stale.length > 1 ? "are" : "is"} not what ${short(file)} gives; run \`npm run monitoring -- generate\` and commit the result`);
      process.exitCode = 1;
    } else if (check) console.log(`${short(out)}: ${rules.size} files are what ${short(file)} gives`);
    else console.log(stale.length > 0 ? `${short(out)}: wrote ${stale.join(", ")}` : `${short(out)}: nothing changed`);
  });

program
  .command("validate")
  .description("check definitions of service levels: keys, names, buckets, thresholds")
  .argument("[definitions...]", "files to check", [committed.definitions])
  .action((files: string[]) => {
    for (const file of files) {
      const definitions = read(file);
      if (definitions) console.log(`${short(file)}: ${Object.keys(definitions.sli).length} indicators, ${definitions.slo.length} objectives, ${definitions.sla?.length ?? 0} promises: all in order`);
    }
  });

program
  .command("report")
  .description("how objectives and promises stand, from Prometheus, as Markdown")
  .option("--json", "as JSON")
  .option("--prometheus <url>", "Prometheus that evaluates the generated rules", process.env["PROMETHEUS_URL"] || "http://localhost:9090")
  .option("--month <month>", "count over a calendar month in UTC, as 2026-01, instead of each objective's window")
  .option("--time <time>", "end of the windows, as 2026-01-31T00:00:00Z (default: now)")
  .option("--file <definitions>", "definitions to read", committed.definitions)
  .action(async ({ json, prometheus, month, time, file }: { json?: boolean; prometheus: string; month?: string; time?: string; file: string }) => {
    const definitions = read(file);
    if (!definitions) return;
    const span = reportSpan(Date.now(), month, time);
    const report = await makeReport(definitions, prometheusAt(prometheus), span.end, span.month);
    console.log(json ? JSON.stringify(report, null, 2) : reportText(report));
  });

try {
  await program.parseAsync();
} catch (error) {
  const { code, exitCode, message } = error as Error & { code?: string; exitCode?: number };
  if (exitCode === undefined) console.error(`monitoring: ${message}`);
  // commander has printed its own message; help asked for is no failure.
  process.exitCode = code === "commander.helpDisplayed" || exitCode === 0 ? 0 : 2;
}

/** The definitions of a file; prints what is wrong with them and sets the exit code when there are none. */
function read(file: string): Definitions | undefined {
  const result = checkSloFile(readFileSync(resolve(file), "utf8"), readMetrics());
  if ("definitions" in result) return result.definitions;
  for (const { line, message } of result.problems) console.error(`${short(file)}:${line}: ${message}`);
  process.exitCode = 1;
  return undefined;
}

function short(path: string): string {
  return relative(process.cwd(), resolve(path)) || ".";
}
