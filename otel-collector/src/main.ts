#!/usr/bin/env node
import { Command, Option } from "commander";
import type { RunOptions } from "./run/command.ts";
import type { TapOptions } from "./tap/command.ts";
import { CannotRun, messageOf } from "./failure.ts";
import { CHECK_FORMATS, type CheckFormat, DIFF_FORMATS, type DiffFormat, TEST_FORMATS, type TestFormat, WHY_FORMATS, type WhyFormat } from "./formats.ts";

// Each command is loaded when it is asked for: `run` stays as long as the Collector does, and should be small.
const program = new Command("pipeline")
  .description("Checks and tests the configuration of an OpenTelemetry Collector with the Collector itself.")
  .helpOption("-h, --help", "show this")
  .helpCommand(false)
  .exitOverride()
  // One line: what is wrong, what was meant, and the way to what there is.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replace("\n", " ").replace(/\.$/, "")}. Add --help to see what there is.\n`) });

const collectorOption = (): Option => new Option("--collector <path>", "Collector binary (default: OTELCOL_BIN, the one that npm start has fetched, otelcol in PATH)");

program
  .command("check")
  .description("find faults: YAML, variables, the binary's own validate, the rules of otel-collector/RULES.md, a trial start")
  .argument("[files...]", "configuration files in the order of the command line (default: otel-collector/config, base.yaml first)")
  .option("--cases <folder>", "test cases to look for untested pipelines with (default: otel-collector/cases when no files are given)")
  .addOption(collectorOption())
  .option("--no-boot", "leave out the trial start in a network namespace of its own")
  .addOption(new Option("--format <format>", "how to report").choices(CHECK_FORMATS).default("human"))
  .action(async (files: string[], options: { cases?: string; collector?: string; format: CheckFormat; boot: boolean }) => {
    const { checkCommand } = await import("./check/command.ts");
    process.exitCode = await checkCommand(files, options);
  });

const configOption = (): Option => new Option("--config <file>", "configuration file, once for each, in the order of the command line (default: otel-collector/config)").default([], "").argParser((file: string, before: string[]) => [...before, file]);

program
  .command("test")
  .description("run cases through the real Collector: given data in, expected data out")
  .argument("[cases...]", "case files or folders of *.test.yaml (default: otel-collector/cases)")
  .addOption(configOption())
  .addOption(collectorOption())
  .option("--watch", "run again whenever a file changes")
  .option("--mutate", "drop or alter each part of the configuration in turn: at least one case must fail")
  .addOption(new Option("--format <format>", "how to report").choices(TEST_FORMATS).default("human"))
  .action(async (cases: string[], options: { config: string[]; collector?: string; format: TestFormat; watch?: boolean; mutate?: boolean }) => {
    const { testCommand } = await import("./cases/command.ts");
    process.exitCode = await testCommand(cases, options);
  });

const runDirOption = (): Option => new Option("--run-dir <folder>", "folder of `pipeline run` (default: PIPELINE_RUN_DIR, else where `npm start` has it)");

program
  .command("run")
  .description("run the Collector under a parent that can change its configuration safely: for `reload` and `tap`")
  .argument("[files...]", "configuration files, or one folder (default: otel-collector/config)")
  .option("--cases <folder>", "test cases that `reload` runs (default: otel-collector/cases when no files are given)")
  .option("--resume", "when the files do not start, run what served last")
  .addOption(runDirOption())
  .addOption(collectorOption())
  .action(async (files: string[], options: RunOptions) => {
    const { runCommand } = await import("./run/command.ts");
    process.exitCode = await runCommand(files, options);
  });

program
  .command("reload")
  .description("bring edited files into force: check, test, start, watch; whatever goes wrong, the Collector keeps or gets back what it had")
  .option("--watch <seconds>", "how long to watch the Collector with the new files", "10")
  .addOption(runDirOption())
  .action(async (options: { runDir?: string; watch: string }) => {
    const { reloadCommand } = await import("./reload/command.ts");
    process.exitCode = await reloadCommand(options);
  });

program
  .command("tap")
  .description("show what passes an exporter or a stage of the running Collector")
  .argument("[where]", "exporter, processor, receiver, connector or pipeline (default: every exporter)")
  .addOption(new Option("--filter <key=value>", "only items with this attribute; key=/pattern/ and key alone as well; repeatable").default([], "").argParser((text: string, before: string[]) => [...before, text]))
  .option("--count <n>", "end after so many items")
  .option("--for <seconds>", "end after this time", "300")
  .option("--json", "one JSON object a line")
  .addOption(runDirOption())
  .action(async (where: string | undefined, options: TapOptions) => {
    const { tapCommand } = await import("./tap/command.ts");
    process.exitCode = await tapCommand(where, options);
  });

const casesOption = (what = "case file or folder"): Option => new Option("--cases <path>", `${what}, once for each (default: otel-collector/cases)`).default([], "").argParser((path: string, before: string[]) => [...before, path]);

program
  .command("why")
  .description("show what each stage and statement did to the data, and which one dropped or changed it")
  .argument("<case>", "name of a case, part of it, FILE:LINE of one, or a file of OTLP/JSON")
  .addOption(configOption())
  .addOption(casesOption())
  .addOption(collectorOption())
  .addOption(new Option("--format <format>", "how to report").choices(WHY_FORMATS).default("human"))
  .action(async (wanted: string, options: { config: string[]; cases: string[]; collector?: string; format: WhyFormat }) => {
    const { whyCommand } = await import("./why/command.ts");
    process.exitCode = await whyCommand(wanted, options);
  });

program
  .command("diff")
  .description("compare two configurations: what is written, and what they do with the same data (exit code 1: not the same)")
  .argument("<a>", "file, folder, git revision, or REVISION:PATH")
  .argument("[b]", "the same (default: otel-collector/config)")
  .addOption(casesOption("case file or folder, or a file of OTLP/JSON"))
  .addOption(collectorOption())
  .addOption(new Option("--format <format>", "how to report").choices(DIFF_FORMATS).default("markdown"))
  .action(async (a: string, b: string | undefined, options: { cases: string[]; collector?: string; format: DiffFormat }) => {
    const { diffCommand } = await import("./diff/command.ts");
    process.exitCode = await diffCommand(a, b, options);
  });

program
  .command("series")
  .description("count the label sets that samples make in Prometheus, against a budget (exit code 1: beyond it)")
  .argument("[samples...]", "files of OTLP/JSON, case files or folders (default: otel-collector/samples)")
  .option("--budget <file>", "label sets by exporter and metric (default: otel-collector/samples/budget.yaml)")
  .option("--write", "write the budget of what there is now")
  .addOption(configOption())
  .addOption(collectorOption())
  .addOption(new Option("--format <format>", "how to report").choices(["human", "json"]).default("human"))
  .action(async (samples: string[], options: { config: string[]; budget?: string; write?: boolean; collector?: string; format: "human" | "json" }) => {
    const { seriesCommand } = await import("./series/command.ts");
    process.exitCode = await seriesCommand(samples, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own errors (and the help, which is none).
  const isCommander = error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
  const isHelp = isCommander && "exitCode" in error && error.exitCode === 0;
  if (!isCommander) console.error(error instanceof CannotRun ? error.message : `Unexpected: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
  process.exitCode = isHelp ? 0 : 2;
}
