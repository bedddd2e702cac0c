import { plural } from "../plural.ts";
import { RULES } from "./all-rules.ts";
import type { Finding } from "./rule.ts";
import type { CheckFormat } from "../formats.ts";

/** Findings as text; `files` is how many were looked at. */
export function reportFindings(findings: readonly Finding[], format: CheckFormat, files: number): string {
  if (format === "json") return JSON.stringify({ files, findings }, null, 2);
  if (format === "sarif") return JSON.stringify(sarif(findings), null, 2);
  if (format === "github") return findings.map(annotation).join("\n");
  const summary = findings.length === 0 ? `${plural(files, "file")}: nothing found.` : `${plural(files, "file")}: ${plural(findings.length, "finding")}. Reasons and examples: otel-collector/RULES.md`;
  return [...findings.map(({ file, line, column, rule, message, remedy }) => `${file}:${line}:${column}  ${rule}\n    ${message}\n    ${remedy}\n`), summary].join("\n");
}


const escape = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => escape(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** A workflow command of GitHub Actions; see its documentation for what has to be escaped. */
function annotation({ file, line, column, rule, message, remedy }: Finding): string {
  return `::error file=${property(file)},line=${line},col=${column},title=${property(rule)}::${escape(`${message} ${remedy}`)}`;
}

/** SARIF 2.1.0, as code scanners of forges read it. */
function sarif(findings: readonly Finding[]): object {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "pipeline check",
            rules: RULES.map(({ id, reason, remedy }) => ({ id, shortDescription: { text: reason }, help: { text: remedy } })),
          },
        },
        results: findings.map(({ file, line, column, rule, message, remedy }) => ({
          ruleId: rule,
          level: "error",
          message: { text: `${message} ${remedy}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column } } }],
        })),
      },
    ],
  };
}

/** SARIF wants a URI (2.1.0, section 3.4.3): a `#` or `%` in a name would name another file. */
const uriOf = (file: string): string => file.split("/").map(encodeURIComponent).join("/");
