import { expect, test } from "vitest";
import type { Components } from "../binary.ts";
import { parseConfig } from "../config/config-file.ts";
import { fillIn } from "../config/environment.ts";
import { check } from "./check.ts";
import { reportFindings } from "./report.ts";
import type { Finding } from "./rule.ts";
import { faultsIn } from "./validate.ts";

const COMPONENTS: Components = { receivers: ["otlp"], processors: [], exporters: ["debug", "otlp_http"], connectors: [], extensions: [] };

const checkText = (text: string, env: Record<string, string> = {}): Promise<Finding[]> =>
  check({ files: [parseConfig("a.yaml", text)], env, components: COMPONENTS, tested: undefined, validate: () => Promise.resolve([]) });

test("broken YAML is found at its line and column, and nothing else is guessed", async () => {
  const found = await checkText("receivers:\n  otlp:\n   - a\n  b: [\n");
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(["yaml-syntax"]));
  expect(found[0]?.line).toBeGreaterThanOrEqual(4);
  expect((await checkText("- a\n"))[0]?.message).toContain("Not a map");
  expect((await checkText("a: 1\n---\nb: 1\n"))[0]).toMatchObject({ rule: "yaml-syntax", line: 2 });
});

test("an empty variable is found as one that is not set; $$ is a dollar sign, a comment is none", async () => {
  const text = 'a: "${env:EMPTY} ${env:SET} ${env:OTHER:-x} $${env:NO}" # ${env:COMMENT}\nb: ${PLAIN}\n';
  const found = await checkText(text, { EMPTY: "", SET: "1" });
  expect(found.map(({ rule, line, column, message }) => [rule, line, column, message.split(" ")[0]])).toEqual([
    ["env-unset", 1, 5, "EMPTY"],
    ["env-unset", 2, 4, "PLAIN"],
  ]);
});

test("a default that is a variable counts where it comes into force", async () => {
  const text = 'a: "x ${env:OUTER:-http://${env:INNER}/} ${A:-${B:-${C}}} ${env:D:-{}}"\n';
  const found = async (env: Record<string, string>) => (await checkText(text, env)).map(({ column, message }) => [column, message.split(" ")[0]]);
  expect(await found({})).toEqual([[27, "INNER"], [52, "C"]]);
  expect(await found({ OUTER: "1", B: "1" })).toEqual([]);
  expect(fillIn("${env:OUTER:-http://${env:INNER:-b}/} ${A:-${B:-c}}!", { INNER: "i" })).toBe("http://i/ c!");
  expect(fillIn("${env:OUTER:-http://${env:INNER:-b}/} ${A}", { OUTER: "o" })).toBe("o ${A}");
});

const detailed = (comment: string): string => `exporters:\n  debug:\n    ${comment}\n    verbosity: detailed\nservice: { pipelines: { traces: { exporters: [debug] } } }\n`;

test("the same finding at several places of a file is told once", async () => {
  const found = await checkText("a: ${env:HOST}\nb: ${env:HOST}\nc: ${env:HOST}\nd: ${env:PORT}\n");
  expect(found.map(({ line, message }) => [line, message])).toEqual([
    [1, "HOST is not set, and there is no default. Also in lines 2, 3."],
    [4, "PORT is not set, and there is no default."],
  ]);
});

test("an exception needs a known rule and a reason, and holds for its line only", async () => {
  const rules = async (comment: string): Promise<string[]> => (await checkText(detailed(comment))).map(({ rule }) => rule);
  expect(await rules("# pipeline: allow debug-detailed: while we look for it")).toEqual([]);
  expect(await rules("# pipeline: allow debug-detailed:")).toEqual(["allow-comment", "debug-detailed"]);
  const misspelt = await checkText(detailed("# pipeline: allow debug-detail: x"));
  expect(misspelt.map(({ rule }) => rule)).toEqual(["allow-comment", "debug-detailed"]);
  expect(misspelt[0]?.message).toContain('Did you mean "debug-detailed"?');
  expect((await checkText(`# pipeline: allow debug-detailed: elsewhere\n${detailed("")}`)).map(({ rule }) => rule)).toEqual(["debug-detailed"]);
});

test("a secret is never printed", async () => {
  const found = await checkText("exporters: { otlp_http: { headers: { authorization: Bearer hidden }, endpoint: 'https://ann:hidden@x.example' } }\n");
  expect(found.filter(({ rule }) => rule === "literal-secret")).toHaveLength(2);
  expect(JSON.stringify(found)).not.toContain("hidden");
});

test("the report of the Collector's validate is taken apart to keys", () => {
  const nested = `Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):

'receivers' error reading configuration for "otlp": decoding failed due to the following error(s):

'protocols.http' decoding failed due to the following error(s):

'otlpreceiver.HTTPConfig' has invalid keys: foo
'processors' unknown type: "batchh" for id: "batchh" (valid values: [batch])`;
  expect(faultsIn(nested).map(({ path }) => path)).toEqual([
    ["receivers", "otlp", "protocols", "http", "foo"],
    ["processors", "batchh"],
  ]);
  expect(faultsIn('Error: service::pipelines::traces/console: references receiver "forward/traces" which is not configured')).toEqual([
    { path: ["service", "pipelines", "traces/console"], message: 'service::pipelines::traces/console: references receiver "forward/traces" which is not configured' },
  ]);
  expect(faultsIn("Error: something new")).toEqual([{ path: [], message: "something new" }]);
});

test("reports for people, programs, scanners and workflows name the same place", async () => {
  const finding: Finding = { file: "a,b.yaml", line: 3, column: 5, rule: "debug-detailed", message: "50 % more.", remedy: "Less." };
  expect(reportFindings([finding], "human", 1)).toContain("a,b.yaml:3:5  debug-detailed");
  expect(JSON.parse(reportFindings([finding], "json", 1))).toEqual({ files: 1, findings: [finding] });
  expect(reportFindings([finding], "github", 1)).toBe("::error file=a%2Cb.yaml,line=3,col=5,title=debug-detailed::50 %25 more. Less.");
  const sarif = JSON.parse(reportFindings([finding], "sarif", 1)) as { version: string; runs: { results: unknown[] }[] };
  expect(sarif.version).toBe("2.1.0");
  expect(sarif.runs[0]?.results[0]).toMatchObject({ ruleId: "debug-detailed", locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 5 } } }] });
  expect(reportFindings([{ ...finding, file: "a b/c #1%20.yaml" }], "sarif", 1)).toContain('"uri": "a%20b/c%20%231%2520.yaml"');
  expect(reportFindings([], "github", 1)).toBe("");
});
