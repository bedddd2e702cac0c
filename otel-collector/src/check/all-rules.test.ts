import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Components } from "../binary.ts";
import { parseConfig } from "../config/config-file.ts";
import { RULES } from "./all-rules.ts";
import { check } from "./check.ts";
import type { Finding, Tested } from "./rule.ts";

const DOCUMENT = readFileSync(new URL("../../RULES.md", import.meta.url), "utf8");

/** What the Collector of this project has, as far as the examples use it. */
const COMPONENTS: Components = {
  receivers: ["otlp"],
  processors: ["batch", "memory_limiter", "redaction", "tail_sampling", "transform"],
  exporters: ["debug", "otlp_grpc", "otlp_http"],
  connectors: ["forward", "span_metrics"],
  extensions: ["bearertokenauth", "file_storage", "health_check"],
};

interface Section {
  id: string;
  text: string;
  bad: string;
  good: string;
}

const sections: Section[] = DOCUMENT.split(/^## /m).slice(1).map((text) => {
  const [bad = "", good = ""] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]);
  return { id: text.split("\n")[0] ?? "", text, bad, good };
});

/** Runs all rules over an example; `# file:` lines part it into files, `*.test.yaml` are cases. */
function findingsIn(example: string): Promise<Finding[]> {
  const parts = example.startsWith("# file: ") ? example.split(/^# file: /m).slice(1) : [`example.yaml\n${example}`];
  const named = parts.map((part) => ({ name: part.slice(0, part.indexOf("\n")), text: part.slice(part.indexOf("\n") + 1) }));
  const cases = named.filter(({ name }) => name.endsWith(".test.yaml")).flatMap(({ text }) => (parse(text) as { cases: { given: object; expect: object }[] }).cases);
  const signals: Record<string, string> = { spans: "traces", logs: "logs", metrics: "metrics" };
  const tested: Tested[] = cases.map(({ given, expect }) => ({ signals: Object.keys(given).map((key) => signals[key] ?? ""), exporters: Object.keys(expect) }));
  return check({
    files: named.filter(({ name }) => !name.endsWith(".test.yaml")).map(({ name, text }) => parseConfig(name, text)),
    env: {},
    components: COMPONENTS,
    tested: tested.length > 0 ? tested : undefined,
    validate: () => Promise.resolve([]),
  });
}

/** Lines marked in an example, as `file:line`. */
function marked(example: string): string[] {
  let file = "example.yaml";
  let line = 0;
  return example.split("\n").flatMap((text) => {
    const start = /^# file: (.*)$/.exec(text);
    if (start) [file, line] = [start[1] ?? "", 0];
    else line++;
    return text.endsWith("# <-") ? [`${file}:${line}`] : [];
  });
}

test("RULES.md documents every rule, in its words, and no other", () => {
  expect(sections.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
  for (const { id, reason, remedy } of RULES) {
    const text = sections.find((section) => section.id === id)?.text;
    expect(text).toContain(reason);
    expect(text).toContain(`**Remedy:** ${remedy}`);
  }
});

describe.each(sections)("$id", ({ id, bad, good }) => {
  test("finds the marked line of the bad example", async () => {
    const found = (await findingsIn(bad)).filter(({ rule }) => rule === id);
    expect(marked(bad).length).toBeGreaterThan(0);
    expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual(marked(bad));
    expect(found[0]?.message).toMatch(/[.?]$/);
  });

  test("finds nothing in the good example", async () => {
    expect((await findingsIn(good)).filter(({ rule }) => rule === id)).toEqual([]);
  });
});
