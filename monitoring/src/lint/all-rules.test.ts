import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../files.ts";
import { LINT_RULES } from "./all-rules.ts";
import { readInput } from "./command.ts";
import { lint } from "./lint.ts";
import type { Finding } from "./rule.ts";

const folder = mkdtempSync(join(tmpdir(), "lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Section = { id: string; text: string; bad: string; good: string };

const sections = readFileSync(join(root, "RULES.md"), "utf8").split(/^## /m).slice(1).map((text): Section => {
  const [bad = "", good = ""] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example!);
  return { id: text.split("\n")[0]!, text, bad, good };
});

/** Parts of an example: `# file:` lines part it into files. */
function partsOf(example: string): { name: string; text: string }[] {
  const parts = example.startsWith("# file: ") ? example.split(/^# file: /m).slice(1) : [`rules.yml\n${example}`];
  return parts.map((part) => ({ name: part.slice(0, part.indexOf("\n")), text: part.slice(part.indexOf("\n") + 1) }));
}

/** Findings of one rule in an example, by file and line. */
function findingsIn(example: string, id: string): Finding[] {
  const at = mkdtempSync(join(folder, "example-"));
  mkdirSync(at, { recursive: true });
  const parts = partsOf(example);
  for (const { name, text } of parts) writeFileSync(join(at, name), text);
  const has = (ending: string): boolean => parts.some(({ name }) => name.endsWith(ending));
  const input = readInput([join(at, "rules.yml")], { metrics: join(root, "metrics.yml"), ...(has(".test.yml") ? { tests: at } : {}), ...(has(".json") ? { readers: [join(at, "dashboard.json")] } : {}) });
  return lint(input).filter(({ rule }) => rule === id || rule.endsWith("-syntax"));
}

/** Marked lines, as `file:line`. */
function marked(example: string): string[] {
  return partsOf(example).flatMap(({ name, text }) => text.split("\n").flatMap((line, index) => (line.endsWith("# <-") ? [`${name}:${index + 1}`] : [])));
}

test("RULES.md documents every rule, in its words, and no other", () => {
  expect(sections.map(({ id }) => id)).toEqual(LINT_RULES.map(({ id }) => id));
  for (const { id, reason, remedy } of LINT_RULES) {
    const text = sections.find((section) => section.id === id)?.text;
    expect(text).toContain(reason);
    expect(text).toContain(`**Remedy:** ${remedy}`);
  }
});

describe.each(sections)("$id", ({ id, bad, good }) => {
  test("finds the marked lines of the bad example", () => {
    const found = findingsIn(bad, id);
    expect(marked(bad).length).toBeGreaterThan(0);
    expect(found.map(({ file, line }) => `${basename(file)}:${line}`)).toEqual(marked(bad));
    for (const { message } of found) expect(message).toMatch(/[.?]$/);
  });

  test("finds nothing in the good example", () => {
    expect(findingsIn(good, id)).toEqual([]);
  });
});
