import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { addBackupCommands } from "./backup/command.ts";
import { generateDashboards } from "./dashboards/dashboards.ts";
import { factsOf } from "./dashboards/facts.ts";
import { consoleUrl, readMetrics, readRules, root } from "./files.ts";
import { staleFiles, writeFiles, type Generated } from "./generated.ts";
import { addRulesTest } from "./cases/command.ts";
import { lintCommand, type LintOptions } from "./lint/command.ts";
import { LINT_FORMATS } from "./lint/report.ts";
import { readNamed } from "./named-file.ts";
import { prometheusAt } from "./prometheus.ts";
import { addRoutesTest } from "./routes-test/command.ts";
import { addSilenceCommand } from "./silence/command.ts";
import { reportText } from "./slo/report-text.ts";
import { reportSpan } from "./slo/report-span.ts";
import { makeReport } from "./slo/report.ts";
import { checkSloFile } from "./slo/check.ts";
import type { Definitions } from "./slo/definitions.ts";
import { withBurnInhibition } from "./slo/inhibition.ts";
import { addOpenSlo } from "./slo/openslo-command.ts";
import { generateCases } from "./slo/rule-cases.ts";
import { generateRules } from "./slo/rules.ts";
import { addValidate } from "./validate/command.ts";

/** `npm run monitoring -- <command>`. Exit codes: 0 done, 1 something is wrong in a file, 2 wrong use or a file that cannot be read or written. */
const program = new Command("monitoring")
  .description("Rules and checks from the files that people edit")
  .exitOverride()
  // One line: what is wrong, what was meant, and the way to what there is.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replace("\n", " ").replace(/\.$/, "")}. Add --help to see what there is.\n`) });
const committed = { definitions: join(root, "SLO_DEFINITIONS.yml"), rules: join(root, "prometheus/generated"), cases: join(root, "prometheus/tests/generated"), alertmanager: join(root, "alertmanager"), dashboards: join(root, "grafana/dashboards") };

program
  .command("generate")
  .description("write prometheus/generated/*.yml with their cases in prometheus/tests/generated and the inhibition in alertmanager.yml from SLO_DEFINITIONS.yml, and grafana/dashboards/*.json")
  .option("--check", "write nothing; exit 1 when the files are not what would be written")
  .option("--file <definitions>", "definitions to read", committed.definitions)
  .option("--out <folder>", "folder of the rule files", committed.rules)
  .action(({ check, file, out }: { check?: boolean; file: string; out: string }) => {
    const definitions = read(file);
    if (!definitions) return;
    const outputs: Generated[] = [{ folder: resolve(out), ours: /^(slo-.*|sla)\.yml$/, files: generateRules(definitions) }];
    // Cases, dashboards and routes are about the committed objectives: other definitions, tried elsewhere, leave them alone.
    if (resolve(file) === committed.definitions) outputs.push({ folder: committed.cases, ours: /\.test\.yml$/, files: generateCases(definitions) });
    if (resolve(file) === committed.definitions) outputs.push({ folder: committed.dashboards, ours: /\.json$/, files: generateDashboards(factsOf(definitions, readRules(), consoleUrl())) });
    if (resolve(file) === committed.definitions) {
      const alertmanager = readFileSync(join(committed.alertmanager, "alertmanager.yml"), "utf8");
      outputs.push({ folder: committed.alertmanager, ours: /^alertmanager\.yml$/, files: new Map([["alertmanager.yml", withBurnInhibition(alertmanager)]]) });
    }
    for (const output of outputs) {
      const stale = check ? staleFiles(output) : writeFiles(output);
      const folder = short(output.folder);
      if (check && stale.length > 0) {
        console.error(`${folder}: ${stale.join(", ")} ${stale.length > 1 ? "are" : "is"} not what ${short(file)} gives; run \`npm run monitoring -- generate\` and commit the result`);
        process.exitCode = 1;
      } else if (check) console.log(`${folder}: ${output.files.size} files are what ${short(file)} gives`);
      else console.log(stale.length > 0 ? `${folder}: wrote ${stale.join(", ")}` : `${folder}: nothing changed`);
    }
  });

addValidate(program);

program
  .command("lint")
  .description("look for faults in rules that Prometheus accepts; each is explained in RULES.md")
  .argument("[paths...]", "rule files and folders (default: the project's own)")
  .option("--metrics <file>", "catalogue of metrics, in the shape of metrics.yml")
  .option("--tests <folder>", "promtool cases")
  .option("--runbooks <folder>", "runbooks, <AlertName>.md")
  .option("--readers <paths...>", "dashboards and documents that read recordings")
  .addOption(new Option("--format <format>", "how to print findings").choices(LINT_FORMATS).default("human"))
  .action((paths: string[], options: LintOptions) => {
    process.exitCode = lintCommand(paths, options);
  });

const test = program.command("test").description("run the cases that stand beside the files");
addRulesTest(test);
addRoutesTest(test);
addSilenceCommand(program);
addBackupCommands(program);

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

addOpenSlo(program, committed.definitions);

try {
  await program.parseAsync();
} catch (error) {
  const { code, exitCode, message, path, syscall } = error as NodeJS.ErrnoException & { exitCode?: number };
  const isAbsent = code === "ENOENT" && syscall !== "mkdir";
  if (exitCode === undefined) console.error(`monitoring: ${path === undefined ? message : isAbsent ? `${short(path)}: there is no such file; check the path` : `${short(path)}: cannot be used (${message}); name another`}`);
  // commander has printed its own message; help asked for is no failure.
  process.exitCode = code === "commander.helpDisplayed" || exitCode === 0 ? 0 : 2;
}

/** The definitions of a file; prints what is wrong with them and sets the exit code when there are none. */
function read(file: string): Definitions | undefined {
  const result = checkSloFile(readNamed(file), readMetrics());
  if ("definitions" in result) return result.definitions;
  for (const { line, message } of result.problems) console.error(`${short(file)}:${line}: ${message}`);
  process.exitCode = 1;
  return undefined;
}

function short(path: string): string {
  return relative(process.cwd(), resolve(path)) || ".";
}
