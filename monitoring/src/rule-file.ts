import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Scalar, type YAMLMap } from "yaml";

/** A place in a file; lines and columns count from 1. */
export type Place = { file: string; line: number; column: number };

/** One rule as written, and where. `key` is the line of `alert:` or `record:`. */
export type RuleNode = {
  kind: "alert" | "record";
  name: string;
  expr: string;
  for: string | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** The rule as written, with keys that are not named here. */
  raw: Record<string, unknown>;
  /** `settings`: what the group says besides its rules. */
  group: { name: string; settings: Record<string, unknown> };
  place: Place;
  /** Where a character of `expr` stands. */
  exprPlace: (offset: number) => Place;
  /** Where a key such as `for`, or an entry such as `labels.severity`, stands; the rule's own place when it is not written. */
  keyPlace: (...path: string[]) => Place;
};

/** A rule file: `groups:` at the top, or below `spec:` as in a PrometheusRule of Kubernetes. */
export type RuleFile = { name: string; text: string; rules: RuleNode[]; errors: { place: Place; message: string }[] };

/** Reads a rule file; undefined when the text holds no groups of rules. */
export function parseRuleFile(name: string, text: string): RuleFile | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  if (!Array.isArray(documents)) return undefined;
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  const errors = documents.flatMap((document) => document.errors.map(({ pos, message }) => ({ place: placeAt(pos[0]), message: message.split("\n")[0]! })));
  if (errors.length > 0) return { name, text, rules: [], errors };
  const groups = documents.map((document) => document.get("groups") ?? document.getIn(["spec", "groups"])).filter(isSeq);
  if (groups.length === 0) return undefined;
  const rules = groups.flatMap(({ items }) => items).flatMap((group) => {
    const list = isMap(group) ? group.get("rules") : undefined;
    if (!isMap(group) || !isSeq(list)) return [];
    const { rules: _, ...settings } = group.toJSON() as Record<string, unknown>;
    const about = { name: textOf(group.get("name")) ?? "", settings };
    return list.items.flatMap((item) => (isMap(item) ? ruleOf(item, about, text, placeAt) : []));
  });
  return { name, text, rules, errors };
}

function ruleOf(item: YAMLMap, group: RuleNode["group"], text: string, placeAt: (offset: number) => Place): RuleNode[] {
  const value = item.toJSON() as { alert?: string; record?: string; expr?: unknown; for?: unknown; labels?: Record<string, unknown>; annotations?: Record<string, unknown> };
  const ruleName = value.alert ?? value.record;
  if (ruleName === undefined || value.expr === undefined) return [];
  const start = item.range?.[0] ?? 0;
  const expr = item.get("expr", true) as Scalar | undefined;
  return [{
    kind: value.alert === undefined ? "record" : "alert",
    name: String(ruleName),
    expr: String(value.expr),
    for: textOf(value.for),
    labels: strings(value.labels),
    annotations: strings(value.annotations),
    raw: value,
    group,
    place: placeAt(start),
    exprPlace: (offset) => placeAt(expr ? sourceOffset(expr, text, offset) : start),
    keyPlace: (...path) => placeAt(keyOffset(item, path) ?? start),
  }];
}

/**
 * Where the character `offset` of a scalar's value stands in the source. YAML adds and folds white space only, so the character after as many
 * visible ones is the same (but for escapes, which are rare in PromQL).
 */
function sourceOffset(scalar: Scalar, source: string, offset: number): number {
  const [from = 0, to = 0] = scalar.range ?? [];
  const value = String(scalar.value);
  const visible = value.slice(0, offset).replaceAll(/\s/g, "").length;
  let at = scalar.type?.startsWith("BLOCK") ? source.indexOf("\n", from) + 1 : scalar.type?.startsWith("QUOTE") ? from + 1 : from;
  let last = from;
  for (let seen = 0; at < to; at++) {
    if (/\s/.test(source[at]!)) continue;
    if (seen === visible) return at;
    last = at;
    seen++;
  }
  return last;
}

function keyOffset(item: YAMLMap, path: string[]): number | undefined {
  let node: unknown = item;
  let found: number | undefined;
  for (const key of path) {
    const pair = isMap(node) ? node.items.find((one) => isScalar(one.key) && one.key.value === key) : undefined;
    if (!pair) return found;
    found = (pair.key as Scalar).range?.[0];
    node = pair.value;
  }
  return found;
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function strings(map: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, String(value)]));
}
