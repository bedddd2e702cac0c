import { nearest } from "../nearest.ts";
import type { Place, RuleFile } from "../rule-file.ts";
import { LINT_RULES } from "./all-rules.ts";
import type { Finding } from "./rule.ts";

/**
 * A comment `# monitoring: allow <rule>: <reason>`. It holds for its own line; on a line of its own, for what begins on the next line: a
 * key, a rule, a whole group.
 */
export type Allowance = Place & { rule: string; reason: string; from: number; to: number };

/** Every such comment of a file. */
export function allowances({ name, text }: RuleFile): Allowance[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const match = /(?:^|\s)#\s*monitoring:\s*allow\s+([^\s:]+)\s*:?\s*(.*)$/.exec(line);
    if (!match) return [];
    const [from, to] = /^\s*#/.test(line) ? blockAfter(lines, index) : [index, index];
    return [{ file: name, line: index + 1, column: match.index + 1, rule: match[1]!, reason: match[2]!.trim(), from: from + 1, to: to + 1 }];
  });
}

export function isAllowed(finding: Finding, allowed: readonly Allowance[]): boolean {
  return allowed.some(({ file, rule, reason, from, to }) => file === finding.file && rule === finding.rule && reason !== "" && finding.line >= from && finding.line <= to);
}

/** Comments that allow nothing: an unknown rule, or no reason. */
export function allowFindings(allowed: readonly Allowance[]): Finding[] {
  const ids = LINT_RULES.map(({ id }) => id);
  return allowed.flatMap(({ file, line, column, rule, reason }) => {
    const meant = nearest(rule, ids);
    const message = !ids.includes(rule) ? `There is no rule ${rule}${meant ? `; did you mean ${meant}?` : "."}` : reason === "" ? `The exception from ${rule} gives no reason.` : undefined;
    return message === undefined ? [] : [{ file, line, column, rule: "allow-comment", message, remedy: "Write `# monitoring: allow <rule>: <why it is right here>`." }];
  });
}

const isBlank = (line: string): boolean => /^\s*(#|$)/.test(line);
const indent = (line: string): number => line.search(/\S/);

/** First and last line of the YAML block that begins after the comment at `index`: everything that is indented further. */
function blockAfter(lines: readonly string[], index: number): [number, number] {
  let first = index;
  while (first < lines.length && isBlank(lines[first]!)) first++;
  let last = first;
  for (let next = first + 1; next < lines.length; next++) {
    if (isBlank(lines[next]!)) continue;
    if (indent(lines[next]!) <= indent(lines[first] ?? "")) break;
    last = next;
  }
  return [first, last];
}
