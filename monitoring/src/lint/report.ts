import { LINT_RULES } from "./all-rules.ts";
import type { Finding } from "./rule.ts";

export const LINT_FORMATS = ["human", "json", "github", "sarif"] as const;
export type LintFormat = (typeof LINT_FORMATS)[number];

/** What was looked at: counts, and lint rules that could not run, with what they need. */
export type Looked = { files: number; rules: number; off: { rule: string; needs: string }[] };

/** Findings as text. */
export function lintReport(findings: readonly Finding[], format: LintFormat, looked: Looked): string {
  if (format === "json") return JSON.stringify({ ...looked, findings }, null, 2);
  if (format === "sarif") return JSON.stringify(sarif(findings), null, 2);
  if (format === "github") return findings.map(annotation).join("\n");
  const off = looked.off.length > 0 ? `\nNot checked: ${looked.off.map(({ rule, needs }) => `${rule} (give ${needs})`).join(", ")}.` : "";
  const found = findings.length === 0 ? "nothing found." : `${findings.length} ${findings.length === 1 ? "finding" : "findings"}. Reasons and examples: monitoring/RULES.md`;
  return [...findings.map(({ file, line, column, rule, message, remedy }) => `${file}:${line}:${column}  ${rule}\n    ${message}\n    ${remedy}\n`), `${looked.rules} ${looked.rules === 1 ? "rule" : "rules"} in ${looked.files} ${looked.files === 1 ? "file" : "files"}: ${found}${off}`].join("\n");
}

const escape = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => escape(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** A workflow command of GitHub Actions; see its documentation for what has to be escaped. */
function annotation({ file, line, column, rule, message, remedy }: Finding): string {
  return `::error file=${property(file)},line=${line},col=${column},title=${property(rule)}::${escape(`${message} ${remedy}`)}`;
}

/** SARIF 2.1.0, as code scanners of forges read it. */
function sarif(findings: readonly Finding[]): object {
  const rules = LINT_RULES.map(({ id, reason, remedy }) => ({ id, shortDescription: { text: reason }, help: { text: remedy } }));
  const results = findings.map(({ file, line, column, rule, message, remedy }) => ({
    ruleId: rule,
    level: "error",
    message: { text: `${message} ${remedy}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line, startColumn: column } } }],
  }));
  return { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [{ tool: { driver: { name: "monitoring lint", rules } }, results }] };
}
