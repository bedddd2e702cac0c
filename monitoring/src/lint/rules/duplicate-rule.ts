import type { LintRule, Parsed } from "../rule.ts";

export const duplicateRule: LintRule = {
  id: "duplicate-rule",
  reason: "Two recordings of one name and the same labels overwrite each other; two equal alerts are two messages about one thing.",
  remedy: "Remove one of them, or give them labels that tell them apart.",
  check: ({ rules }) => {
    const first = new Map<string, Parsed>();
    return rules.flatMap((rule) => {
      const keys = keysOf(rule);
      const other = keys.map((key) => first.get(key)).find((one, index) => one !== undefined && (index === 0 || one.name !== rule.name));
      for (const key of keys) if (!first.has(key)) first.set(key, rule);
      if (!other) return [];
      const { file, line } = other.place;
      return [{ at: rule.place, message: `${rule.name} is ${other.name === rule.name ? "already" : `${other.name} under another name,`} at ${file}:${line}.` }];
    });
  },
};

/** First by name, then (alerts of another name only) by question. Recordings are the same by name and labels; alerts by name, labels and question, or by question, patience and severity. */
function keysOf({ kind, name, expr, labels, ...rule }: Parsed): string[] {
  const question = expr.replaceAll(/\s+/g, "");
  const own = JSON.stringify(Object.entries(labels).sort());
  if (kind === "record") return [`record ${name} ${own}`];
  return [`alert ${name} ${own} ${question}`, `same ${question} ${rule.for ?? ""} ${labels["severity"] ?? ""}`];
}
