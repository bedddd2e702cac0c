import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { findProgram } from "../binaries.ts";
import { nearest } from "../nearest.ts";
import { knownKeys } from "./known-keys.ts";

/** Files that Prometheus or Alertmanager read. */
export type ProgramFile = keyof typeof knownKeys;

/** What is wrong, and at which line (from 1). */
export type Problem = { line: number; message: string };

const checks: Record<ProgramFile, { program: "promtool" | "amtool"; args: string[] }> = {
  rules: { program: "promtool", args: ["check", "rules", "--lint=none"] },
  prometheus: { program: "promtool", args: ["check", "config", "--syntax-only"] },
  alertmanager: { program: "amtool", args: ["check-config"] },
};

/**
 * What a text of this name is: rules, prometheus or alertmanager by its keys at the top (or the nearest to them), else definitions of service
 * levels.
 */
export function kindOf(text: string): ProgramFile | "definitions" {
  const top: unknown = parseDocument(text, { prettyErrors: false }).toJS();
  const keys = typeof top === "object" && top !== null ? Object.keys(top) : [];
  const heads: [ProgramFile | "definitions", string[]][] = [
    ["definitions", ["sli", "slo", "sla", "aspirations", "service"]],
    ["rules", ["groups"]],
    ["alertmanager", ["receivers", "route", "inhibit_rules", "templates", "time_intervals"]],
    ["prometheus", ["scrape_configs", "rule_files", "alerting", "otlp", "storage", "remote_write", "scrape_config_files", "global"]],
  ];
  for (const near of [(key: string, known: string[]) => known.includes(key), (key: string, known: string[]) => nearest(key, known) !== undefined]) {
    const found = heads.find(([, known]) => keys.some((key) => near(key, known)));
    if (found) return found[0];
  }
  return "definitions";
}

/** Everything the program that reads such a file has against it, by line; a key that it does not know with the nearest that it does. */
export async function problemsOf(file: string, text: string, kind: ProgramFile): Promise<Problem[]> {
  const lines = new LineCounter();
  const { errors } = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (errors.length > 0) return errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, message: `not YAML: ${message.split("\n")[0]}` }));
  const { program, args } = checks[kind];
  const output = await new Promise<string | undefined>((done) => {
    execFile(findProgram(program), [...args, resolve(file)], (error, stdout, stderr) => done(error ? stdout + stderr : undefined));
  });
  return output === undefined ? [] : readOutput(output.replaceAll(`${resolve(file)}: `, ""), text, kind);
}

function readOutput(output: string, text: string, kind: ProgramFile): Problem[] {
  const numbered = [...output.matchAll(/^\s*line (\d+): (.*)$/gm)].map(([, line, message]) => ({ line: Number(line), message: explain(message!, kind) }));
  if (numbered.length > 0) return numbered;
  // Rules: `file: line:column: group "g", rule 1, "A": what is wrong`. Others name no line; what they quote stands somewhere.
  const messages = output.split("\n").map((line) => line.replace(/^.*?FAILED:\s*/, "").replace(/^parsing YAML file /, "").trim())
    .filter((line) => line !== "" && !/^(Checking|SUCCESS|FAILED|amtool\S*: error)/.test(line));
  return [...new Set(messages)].map((message) => {
    const [, line, rest] = /^(\d+):\d+: (.*)$/.exec(message) ?? [];
    return line === undefined ? { line: lineOfQuoted(message, text), message } : { line: Number(line), message: rest! };
  });
}

function explain(message: string, kind: ProgramFile): string {
  const key = /^field (\S+) not found in type /.exec(message)?.[1];
  if (key === undefined) return message;
  const meant = nearest(key, knownKeys[kind]);
  return `unknown key "${key}"; ${meant && meant !== key ? `did you mean "${meant}"?` : "it is not known here: remove it, or indent it where it belongs"}`;
}

/** The line that holds the last thing the message quotes; the first line when none does. */
function lineOfQuoted(message: string, text: string): number {
  const quoted = [...message.matchAll(/"([^"]+)"/g)].map(([, words]) => words!).toReversed();
  const lines = text.split("\n");
  for (const words of quoted) {
    const index = lines.findLastIndex((line) => line.includes(words));
    if (index >= 0) return index + 1;
  }
  return 1;
}
