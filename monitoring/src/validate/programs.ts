import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Document, isMap, isSeq, parseAllDocuments, type YAMLMap } from "yaml";
import { findProgram } from "../binaries.ts";
import { nearest } from "../nearest.ts";
import { parseYaml, type Problem } from "../yaml-syntax.ts";
import { knownKeys } from "./known-keys.ts";

/** Files that Prometheus or Alertmanager read. */
export type ProgramFile = keyof typeof knownKeys;
export type Kind = ProgramFile | "definitions" | "cases";

const checks: Record<ProgramFile, { program: "promtool" | "amtool"; args: string[] }> = {
  rules: { program: "promtool", args: ["check", "rules", "--lint=none"] },
  prometheus: { program: "promtool", args: ["check", "config", "--syntax-only"] },
  alertmanager: { program: "amtool", args: ["check-config"] },
};

/** Keys at the top: the first ones are in no other kind of file. */
const heads: [Kind, sure: string[], others: string[]][] = [
  ["cases", ["tests"], []],
  ["definitions", ["slo"], ["sli", "sla", "aspirations", "service"]],
  ["rules", ["groups"], []],
  ["alertmanager", ["route", "inhibit_rules"], ["receivers", "templates", "time_intervals"]],
  ["prometheus", ["scrape_configs", "rule_files", "scrape_config_files", "remote_write"], ["alerting", "otlp", "storage", "global"]],
];

/** What a text surely is, by its keys at the top: of files found in a folder. A PrometheusRule of Kubernetes is rules; `cases` are those of promtool. */
export function sureKindOf(text: string): Kind | undefined {
  return sureKind(documentsIn(text));
}

/** What a text is likeliest: of a file that somebody named. Definitions of service levels when nothing speaks for another kind. */
export function kindOf(text: string): Kind {
  const documents = documentsIn(text);
  return sureKind(documents) ?? kindBy(documents, (key, _, others) => others.includes(key)) ?? kindBy(documents, (key, sure, others) => nearest(key, [...sure, ...others]) !== undefined) ?? "definitions";
}

function sureKind(documents: Document[]): Kind | undefined {
  return documents.some((document) => specWithRules(document) !== undefined) ? "rules" : kindBy(documents, (key, sure) => sure.includes(key));
}

/** Of the first document, as its keys fit. */
function kindBy([first]: Document[], fits: (key: string, sure: string[], others: string[]) => boolean): Kind | undefined {
  const keys = isMap(first?.contents) ? first.contents.items.map(({ key }) => String(key)) : [];
  return heads.find(([, sure, others]) => keys.some((key) => fits(key, sure, others)))?.[0];
}

function documentsIn(text: string): Document[] {
  return [...parseAllDocuments(text, { prettyErrors: false })];
}

/** What is below `spec` of a PrometheusRule. */
function specWithRules(document: Document): YAMLMap | undefined {
  const spec = document.errors.length === 0 && document.has("spec") && document.get("spec");
  return isMap(spec) && isSeq(spec.get("groups")) ? spec : undefined;
}

/** What Prometheus would read of each PrometheusRule in a text, at the lines where it stands. */
function rulesOfKubernetes(text: string): string[] {
  return documentsIn(text).flatMap((document) => {
    const [start, end] = specWithRules(document)?.range ?? [];
    if (start === undefined || end === undefined) return [];
    const line = text.lastIndexOf("\n", start - 1) + 1;
    return [text.slice(0, line).replaceAll(/[^\n]+/g, "") + " ".repeat(start - line) + text.slice(start, end)];
  });
}

/** Everything the program that reads such a file has against it, by line; a key that it does not know with the nearest that it does. */
export async function problemsOf(file: string, text: string, kind: ProgramFile): Promise<Problem[]> {
  const wrapped = kind === "rules" ? rulesOfKubernetes(text) : [];
  if (wrapped.length > 0) return problemsOfWrapped(wrapped);
  const read = parseYaml(text);
  return "problem" in read ? [read.problem] : judge(file, text, kind);
}

async function problemsOfWrapped(texts: string[]): Promise<Problem[]> {
  const folder = mkdtempSync(join(tmpdir(), "validate-"));
  try {
    const file = join(folder, "rules.yml");
    const problems: Problem[] = [];
    for (const text of texts) {
      writeFileSync(file, text);
      problems.push(...(await judge(file, text, "rules")));
    }
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(file: string, text: string, kind: ProgramFile): Promise<Problem[]> {
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
