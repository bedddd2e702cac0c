import type { Coverage } from "./coverage.ts";
import { missing } from "./coverage.ts";
import type { ExplainedMutation } from "./mutation.ts";
import type { Mutant } from "./mutants.ts";
import type { Outcome } from "./promtool.ts";
import { shown } from "./case-file.ts";
import type { Known } from "./survivors.ts";

export const TEST_FORMATS = ["human", "json", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

export type TestReport = { outcomes: Outcome[]; coverage: Coverage[]; mutation: ExplainedMutation | undefined };

/** True when every case passes, every rule is covered, no mutant lives unexplained and every explanation is of use. */
export function isGood({ outcomes, coverage, mutation }: TestReport): boolean {
  return outcomes.every(({ broken, cases }) => broken === undefined && cases.every(({ failure }) => failure === undefined)) && coverage.every(({ covered }) => covered) && (mutation === undefined || mutation.survivors.length + mutation.stale.length === 0);
}

/** The report of a run as text. */
export function testReport(report: TestReport, format: TestFormat): string {
  if (format === "json") return JSON.stringify(asData(report), null, 2);
  return format === "junit" ? junit(report) : human(report);
}

function human({ outcomes, coverage, mutation }: TestReport): string {
  const lines = outcomes.flatMap(({ file, cases, broken }) => {
    const failed = cases.filter(({ failure }) => failure !== undefined);
    const head = `${broken === undefined && failed.length === 0 ? "ok  " : "FAIL"} ${shown(file)}: ${cases.length - failed.length} of ${cases.length} cases`;
    return [head, ...(broken === undefined ? [] : [indent(broken)]), ...failed.map(({ name, failure }) => `  ${name}\n${indent(failure!)}`)];
  });
  return [...lines, "", ...coverageLines(coverage), ...(mutation ? ["", ...mutationLines(mutation)] : [])].join("\n");
}

function coverageLines(coverage: readonly Coverage[]): string[] {
  const alerts = coverage.filter(({ rule }) => rule.kind === "alert");
  const recordings = coverage.filter(({ rule }) => rule.kind === "record");
  const covered = coverage.filter((one) => one.covered).length;
  return [
    ...coverage.filter((one) => !one.covered).map((one) => `${one.rule.place.file}:${one.rule.place.line}  ${one.rule.name}: ${missing(one)}`),
    `Rules covered: ${covered} of ${coverage.length} (${percent(covered, coverage.length)})`,
    `  alerts that fire in a case: ${share(alerts, ({ fires }) => fires)}; that are silent in one: ${share(alerts, ({ silent }) => silent)}; whose texts are compared: ${share(alerts, ({ texts }) => texts)}`,
    `  recordings that are read: ${share(recordings, (one) => one.covered)}`,
  ];
}

function mutationLines({ total, killed, invalid, survivors, explained, stale }: ExplainedMutation): string[] {
  return [
    ...stale.map((one) => `${one.place}  ${staleText(one)}`),
    ...survivors.map(({ rule, place, kind, change }) => `${place.file}:${place.line}:${place.column}  ${rule.name} survives: ${kind}: ${change}`),
    `Mutants: ${killed} of ${total - invalid} noticed (${percent(killed, total - invalid)}), ${survivors.length} survive${explained.length > 0 ? `, ${explained.length} more that survivors.yaml explains` : ""}${invalid > 0 ? `; ${invalid} that Prometheus refuses do not count` : ""}`,
  ];
}

function staleText({ rule, change }: Known): string {
  return `${rule}: ${change}: no such change survives; take the entry out`;
}

function asData({ outcomes, coverage, mutation }: TestReport): object {
  return {
    files: outcomes.map(({ file, ...rest }) => ({ file: shown(file), ...rest })),
    coverage: coverage.map((one) => ({ rule: one.rule.name, file: one.rule.place.file, line: one.rule.place.line, covered: one.covered, fires: one.fires, silent: one.silent, texts: one.texts })),
    mutation: mutation && { ...mutation, survivors: mutation.survivors.map(mutantData), explained: mutation.explained.map(mutantData) },
  };
}

function mutantData({ rule, place, kind, change }: Mutant): object {
  return { rule: rule.name, ...place, kind, change };
}

function junit({ outcomes, coverage, mutation }: TestReport): string {
  const suites = [
    ...outcomes.map(({ file, cases, broken }) => suite(shown(file), broken === undefined ? cases.map(({ name, failure }) => [name, failure] as const) : [["file", broken] as const])),
    suite("rule coverage", coverage.map((one) => [`${one.rule.name} (${one.rule.place.file}:${one.rule.place.line})`, missing(one) || undefined] as const)),
    ...(mutation ? [suite("mutants", [["noticed", undefined] as const, ...mutation.survivors.map(({ rule, place, kind, change }) => [`${rule.name} (${place.file}:${place.line})`, `survives: ${kind}: ${change}`] as const), ...mutation.stale.map((one) => [one.place, staleText(one)] as const)])] : []),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>`;
}

function suite(name: string, cases: readonly (readonly [string, string | undefined])[]): string {
  const failures = cases.filter(([, failure]) => failure !== undefined).length;
  const lines = cases.map(([one, failure]) => `    <testcase name="${escape(one)}"${failure === undefined ? "/>" : `><failure>${escape(failure)}</failure></testcase>`}`);
  return `  <testsuite name="${escape(name)}" tests="${cases.length}" failures="${failures}">\n${lines.join("\n")}\n  </testsuite>`;
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const indent = (text: string): string => text.split("\n").map((line) => `    ${line}`).join("\n");
const percent = (part: number, whole: number): string => (whole === 0 ? "100%" : `${Math.floor((part / whole) * 1000) / 10}%`);

function share(list: readonly Coverage[], what: (one: Coverage) => boolean): string {
  return `${list.filter(what).length} of ${list.length}`;
}
