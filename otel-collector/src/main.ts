import { Command, Option } from "commander";
import { CHECK_FORMATS, type CheckFormat } from "./check/report.ts";
import { CannotRun, messageOf } from "./failure.ts";
import { TEST_FORMATS, type TestFormat } from "./cases/report.ts";

// Each command is loaded when it is asked for: `run` stays as long as the Collector does, and should be small.
const program = new Command("pipeline")
  .description("Checks and tests the configuration of an OpenTelemetry Collector with the Collector itself.")
  .helpOption("-h, --help", "show this")
  .helpCommand(false)
  .exitOverride();

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

program
  .command("test")
  .description("run cases through the real Collector: given data in, expected data out")
  .argument("[cases...]", "case files or folders of *.test.yaml (default: otel-collector/cases)")
  .addOption(new Option("--config <file>", "configuration file, once for each, in the order of the command line (default: otel-collector/config)").default([], "").argParser((file: string, before: string[]) => [...before, file]))
  .addOption(collectorOption())
  .addOption(new Option("--format <format>", "how to report").choices(TEST_FORMATS).default("human"))
  .action(async (cases: string[], options: { config: string[]; collector?: string; format: TestFormat }) => {
    const { testCommand } = await import("./cases/command.ts");
    process.exitCode = await testCommand(cases, options);
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
