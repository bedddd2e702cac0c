import type { ConfigFile, Place } from "../config/config-file.ts";
import { didYouMean } from "../nearest.ts";
import { RULES } from "./all-rules.ts";
import type { Finding } from "./rule.ts";

/** A comment `# pipeline: allow <rule>: <reason>`. It holds for its own line, or for the next line that is not a comment. */
export interface Allowance extends Place {
  rule: string;
  reason: string;
  /** The line it is about. */
  target: number;
}

/** Every such comment of a file. */
export function allowances(file: ConfigFile): Allowance[] {
  const lines = file.text.split("\n");
  return lines.flatMap((text, index) => {
    const match = /(^|\s)#\s*pipeline:\s*allow\s+([^\s:]+)\s*:?\s*(.*)$/.exec(text);
    if (!match) return [];
    let target = index;
    if (/^\s*#/.test(text)) while (target < lines.length && /^\s*(#|$)/.test(lines[target] ?? "")) target++;
    return [{ file: file.name, line: index + 1, column: match.index + 1, rule: match[2] ?? "", reason: match[3]?.trim() ?? "", target: target + 1 }];
  });
}

export const isAllowed = (finding: Finding, allowed: readonly Allowance[]): boolean =>
  allowed.some(({ file, rule, target, reason }) => file === finding.file && rule === finding.rule && target === finding.line && reason !== "");

/** Allowances that allow nothing: an unknown rule, or no reason. */
export function allowFindings(allowed: readonly Allowance[]): Finding[] {
  const ids = RULES.map(({ id }) => id);
  return allowed.flatMap(({ file, line, column, rule, reason }) => {
    const message = !ids.includes(rule) ? `There is no rule ${rule}.${didYouMean(rule, ids)}` : reason === "" ? `The exception from ${rule} gives no reason.` : undefined;
    return message === undefined ? [] : [{ file, line, column, rule: "allow-comment", message, remedy: "Write `# pipeline: allow <rule>: <why it is right here>`." }];
  });
}
