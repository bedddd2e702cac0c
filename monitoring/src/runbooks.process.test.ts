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
    const escalate = sectionOf(text, "## Escalate");
    // SLO_DEFINITIONS.yml, sla: Critical within 1 hour, High within 4 hours.
    if (severities.has("critical") || severities.has("none")) expect(escalate).toContain("within 1 hour");
    if (severities.has("warning")) expect(escalate).toContain("within 4 hours");
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
    for (const code of inlineCode(text)) {
      const [program, ...words] = code.split(/\s+/);
      if (program === "npm") expectScript(words);
      if (program === "docker" && words[0] === "compose") expectService(words.at(-1)!);
      if (program === "promtool" || program === "amtool") await expectSubcommand(program, words);
      if (/^(monitoring|otel-collector|services|test|docs)\/[\w./-]+$/.test(code)) expect(existsSync(join(repository, code)), code).toBe(true);
    }
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

function expectScript(words: string[]): void {
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const script = words[0] === "run" ? words[1]! : words[0]!;
  expect(scripts, `npm ${words.join(" ")}`).toHaveProperty(script);
}

function expectService(service: string): void {
  const { services } = parse(readFileSync(join(repository, "docker-compose.yml"), "utf8"), { merge: true }) as { services: object };
  if (!service.startsWith("<")) expect(Object.keys(services)).toContain(service);
}

/** Asks the program for help on the subcommand, which it refuses when there is none. */
async function expectSubcommand(program: "promtool" | "amtool", words: string[]): Promise<void> {
  const subcommand = words.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith("-")).slice(0, 2);
  await run(findProgram(program), [...subcommand, "--help"]);
}
