import { join, relative, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { root } from "../files.ts";
import { readNamed } from "../named-file.ts";
import { readCaseFile } from "./case-file.ts";
import { indent } from "./compare.ts";
import { runCases, type Outcome } from "./run.ts";
import { speedOf } from "./telling.ts";

/** The committed cases and the configuration they are about. */
export const committed = { cases: join(root, "alertmanager/routes.test.yaml"), config: join(root, "alertmanager/alertmanager.yml") };

/**
 * `monitoring test routes`: runs files of cases against a configuration in a real Alertmanager, and prints how it went; with `print`, every message too.
 * Returns the exit code: 0 all as expected, 1 something is not, or a file is wrong. @throws {Error} when a file or Alertmanager is not there
 */
export async function testRoutes(files: string[], options: { config: string; print?: boolean; only?: string }): Promise<number> {
  const config = readConfig(options.config);
  if (config === undefined) return 1;
  let code = 0;
  for (const file of files) {
    const begun = Date.now();
    const read = readCaseFile(readNamed(file));
    const problems = "problems" in read ? read.problems : read.cases.flatMap((one) => failure(() => speedOf(one), one.line));
    if ("problems" in read || problems.length > 0) {
      for (const { line, message } of problems) console.error(`${short(file)}:${line}: ${message}`);
      code = 1;
      continue;
    }
    const { only } = options;
    const cases = read.cases.filter(({ name }) => only === undefined || name.includes(only));
    if (cases.length === 0) throw new Error(`no case of ${short(file)} has "${only}" in its name`);
    const outcomes = await runCases(cases, config, options.config);
    for (const outcome of outcomes) tell(outcome, file, options.print === true);
    const failed = outcomes.filter((outcome) => outcome.failure).length;
    console.log(`${short(file)}: ${outcomes.length - failed} of ${outcomes.length} cases as expected, ${outcomes.reduce((sum, { sent }) => sum + sent.length, 0)} messages, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    if (failed > 0) code = 1;
  }
  return code;
}

function tell({ case: { name }, failure: wrong, sent }: Outcome, file: string, print: boolean): void {
  if (wrong) console.error(`${short(file)}:${wrong.line}: ${name}, at ${span(wrong.at_ms)}:\n${indent(wrong.text)}`);
  if (!print) return;
  console.log(`\n${name}`);
  for (const message of sent) console.log(`  by ${span(message.at_ms)}: ${message.kind} to ${message.to} (receiver ${message.receiver})\n${indent(message.text)}`);
}

function readConfig(file: string): Record<string, unknown> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(readNamed(file), { lineCounter: lines, prettyErrors: false, merge: true });
  for (const { pos, message } of document.errors.slice(0, 1)) console.error(`${short(file)}:${lines.linePos(pos[0]).line}: not YAML: ${message.split("\n")[0]}`);
  if (document.errors.length > 0) return undefined;
  const config: unknown = document.toJS();
  if (typeof config === "object" && config !== null && "route" in config && "receivers" in config) return config as Record<string, unknown>;
  console.error(`${short(file)}:1: no configuration of Alertmanager: it has no "route" or no "receivers"`);
  return undefined;
}

function failure(check: () => unknown, line: number): { line: number; message: string }[] {
  try {
    check();
    return [];
  } catch (error) {
    return [{ line, message: (error as Error).message }];
  }
}

function span(ms: number): string {
  const minutes = ms / 60_000;
  return minutes >= 60 && minutes % 60 === 0 ? `${minutes / 60}h` : `${Number(minutes.toFixed(2))}m`;
}

function short(path: string): string {
  return relative(process.cwd(), resolve(path)) || ".";
}
