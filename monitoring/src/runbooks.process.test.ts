import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findProgram } from "./binaries.ts";
import { readMetrics, readRules, readRunbooks, root } from "./files.ts";
import { lint } from "./lint/lint.ts";
import { parseRuleFile } from "./rule-file.ts";

const run = promisify(execFile);
const repository = dirname(root);
const alerts = readRules().filter(({ alert }) => alert !== undefined);
const headings = ["## Meaning", "## Impact", "## First five minutes", "## Causes and remedies", "## Escalate", "## After"];

const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { scripts: object };
const { services } = parse(readFileSync(join(repository, "docker-compose.yml"), "utf8"), { merge: true }) as { services: object };

/** Addresses that runbooks may name: what answers on the default ports. */
const addresses = [/^localhost:3000(\/|$)/, /^localhost:8000\/(health|metrics)$/, /^localhost:9090(\/(metrics|-\/ready|-\/healthy|api\/v1\/(query|targets|rules|alerts)))?$/, /^localhost:9093(\/(-\/healthy|api\/v2\/alerts))?$/, /^localhost:8888\/metrics$/, /^localhost:13133\/$/, /^localhost:4328\/metrics$/, /^localhost:4318\/v1\/metrics$/];

test("the template has the headings, every alert has a runbook, and every runbook its alert", () => {
  expect([...readRunbooks().keys()].sort()).toEqual([...new Set(alerts.map(({ alert }) => alert!))].sort());
  expect(headingsOf(readFileSync(join(root, "RUNBOOK_TEMPLATE.md"), "utf8"))).toEqual(headings);
});

describe.each([...readRunbooks()])("%s", (name, text) => {
  test("has the template's headings, and something under each", () => {
    expect(text.split("\n")[0]).toBe(`# ${name}`);
    expect(headingsOf(text)).toEqual(headings);
    for (const heading of headings) expect(sectionOf(text, heading).trim().length, heading).toBeGreaterThan(20);
    expect(sectionOf(text, "## First five minutes")).toMatch(/```promql\n|`(curl|docker|npm|amtool|promtool|df) /);
  });

  test("escalates in the time that was promised", () => {
    const severities = new Set(alerts.filter(({ alert }) => alert === name).map(({ labels }) => labels?.["severity"]));
    // SLO_DEFINITIONS.yml, sla: Critical within 1 hour, High within 4 hours.
    const promised = [...severities].map((severity) => (severity === "warning" ? "within 4 hours" : "within 1 hour"));
    expect(promised.filter((words) => !sectionOf(text, "## Escalate").includes(words))).toEqual([]);
  });

  test("its queries use metrics and labels of the catalogue, and Prometheus takes them", async () => {
    const queries = [...text.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split("\n").filter(Boolean));
    const asRules = parseRuleFile(name, JSON.stringify({ groups: [{ name: "runbook", rules: queries.map((expr, index) => ({ record: `runbook:${index}`, expr })) }] }))!;
    const findings = lint({ files: [asRules], metrics: readMetrics(), runbooks: undefined, tested: undefined, readers: undefined });
    expect(findings.filter(({ rule }) => ["promql-syntax", "unknown-metric", "unknown-label", "label-aggregated-away", "join-matches-nothing", "ratio-without-sum"].includes(rule))).toEqual([]);
    // promtool knows types as well.
    for (const query of queries) await run(findProgram("promtool"), ["promql", "--experimental", "format", query]);
  });

  test("its commands, addresses and files exist", async () => {
    for (const [, address] of text.matchAll(/https?:\/\/([^\s`'")]+)/g)) expect(addresses.some((known) => known.test(address!.replace(/[.,;:]$/, ""))), address).toBe(true);
    const checked = await Promise.all(inlineCode(text).map(async (code) => ((await exists(code)) ? [] : [code])));
    expect(checked.flat()).toEqual([]);
  });
});

test("every dashboard that an alert links to is there", () => {
  for (const { alert, annotations } of alerts) {
    const uid = /\/d\/([\w-]+)/.exec(annotations?.["dashboard"] ?? "")?.[1];
    expect(existsSync(join(root, `grafana/dashboards/${uid}.json`)), `${alert}: ${uid}`).toBe(true);
  }
});

function headingsOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("## "));
}

function sectionOf(text: string, heading: string): string {
  return text.split(`${heading}\n`)[1]?.split(/^## /m)[0] ?? "";
}

function inlineCode(text: string): string[] {
  return [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

/** False for a script, service, subcommand or file that is not there. Other words are no command. */
async function exists(code: string): Promise<boolean> {
  const [program, ...words] = code.split(/\s+/);
  if (program === "npm") return Object.hasOwn(scripts, words[0] === "run" ? words[1]! : words[0]!);
  if (program === "docker" && words[0] === "compose") return words.at(-1)!.startsWith("<") || Object.hasOwn(services, words.at(-1)!);
  if (program === "promtool" || program === "amtool") return await knows(program, words.filter((word) => /^[a-z][a-z-]*$/.test(word)).slice(0, 2));
  return !/^(monitoring|otel-collector|services|test|docs)\/[\w./-]+$/.test(code) || existsSync(join(repository, code));
}

/** Asks the program for help on a subcommand, which it refuses when there is none. */
async function knows(program: "promtool" | "amtool", subcommand: string[]): Promise<boolean> {
  return await run(findProgram(program), [...subcommand, "--help"]).then(() => true, () => false);
}
