import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collectorBinary } from "./test-support/collector.ts";
import { until } from "./test-support/until.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pipeline-commands-"));
  writeFileSync(join(folder, "a.yaml"), CONFIG);
  writeFileSync(join(folder, "a.test.yaml"), CASES);
});
afterAll(() => rmSync(folder, { recursive: true }));

// A configuration that has nothing of this project's: logs without health checks, with hidden passwords.
const CONFIG = `receivers:
  otlp: { protocols: { grpc: } }
processors:
  filter/health:
    log_conditions:
      - context: log
        conditions:
          - log.attributes["path"] == "/health"
          - IsMatch(log.body, "^debug")
  transform/hide:
    log_statements:
      - context: log
        statements:
          - set(log.attributes["seen"], "yes")
          - set(log.attributes["password"], "hidden") where log.attributes["password"] != nil
exporters:
  otlp_http/vendor: { endpoint: "https://otlp.vendor.example" }
service:
  pipelines:
    logs: { receivers: [otlp], processors: [filter/health, transform/hide], exporters: [otlp_http/vendor] }
    metrics: { receivers: [otlp], exporters: [otlp_http/vendor] }
`;
const CASES = `cases:
  - name: what nobody reads is dropped
    given:
      logs: [{ body: sale, attributes: { password: geheim } }, { body: checked, attributes: { path: /health } }, { body: debug 1 }]
    expect:
      otlp_http/vendor: { names: [sale], attributes: { seen: "yes" }, absent_values: [geheim] }
  - name: metrics get through
    given: { metrics: [{ name: shop.sales, unit: "{sale}", sum: 2, attributes: { kind: cash } }] }
    expect:
      otlp_http/vendor: { series: ['shop_sales_total{job="shop",kind="cash"}'], series_count: 1 }
`;

const env = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", OTELCOL_BIN: collectorBinary(), TMPDIR: folder });

function pipeline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd: folder, env: env() }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
  });
}

/** The configuration with one text replaced, as a file. */
function altered(text: string, by: string): string {
  expect(CONFIG).toContain(text);
  const path = join(mkdtempSync(join(folder, "b-")), "b.yaml");
  writeFileSync(path, CONFIG.replace(text, by));
  return path;
}

describe("test --mutate", () => {
  test("every part of the committed configuration is looked at by a case, or listed with a reason", { timeout: 600_000 }, async () => {
    const { code, stdout } = await pipeline("test", "--mutate");
    expect(stdout).toMatch(/^\d+ of \d+ mutants killed; \d+ survive with a reason\./);
    expect(code).toBe(0);
  });

  test("counts what the cases notice, and names what they do not with file and line", async () => {
    const { code, stdout } = await pipeline("test", "a.test.yaml", "--config", "a.yaml", "--mutate");
    expect(stdout).toMatch(/✗ a\.yaml:\d+: transform\/hide: where log\.attributes\["password"\] != nil taken out of .*\n {4}1 case went through it and noticed nothing\./);
    expect(stdout).toMatch(/^10 of 11 mutants killed; 1 survive\./m);
    expect(code).toBe(1);
  });

  test("is content with a reason, and not with one that is no longer needed", async () => {
    const line = `  - { mutant: 'transform/hide: where log.attributes["password"] != nil taken out of set(log.attributes["password"], "hidden") where log.attributes["password"] != nil', reason: nobody has none }\n`;
    writeFileSync(join(folder, "survivors.yaml"), `survivors:\n${line}`);
    expect(await pipeline("test", "a.test.yaml", "--config", "a.yaml", "--mutate")).toMatchObject({ code: 0 });
    writeFileSync(join(folder, "survivors.yaml"), `survivors:\n${line}  - { mutant: "logs: filter/health dropped", reason: none }\n`);
    const { code, stdout } = await pipeline("test", "a.test.yaml", "--config", "a.yaml", "--mutate");
    expect(stdout).toContain('✗ survivors.yaml:3: "logs: filter/health dropped" is listed as a survivor, but does not survive.');
    expect(code).toBe(1);
    rmSync(join(folder, "survivors.yaml"));
  });
});

test("with --watch, cases run again when a case or the configuration changes, and leaves nothing when it is ended", async () => {
  const watched = join(folder, "watched");
  mkdirSync(watched);
  writeFileSync(join(watched, "c.yaml"), CONFIG);
  writeFileSync(join(watched, "c.test.yaml"), CASES);
  const child: ChildProcess = spawn(process.execPath, [MAIN, "test", "watched", "--config", "watched/c.yaml", "--watch"], { cwd: folder, env: env(), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const seen = async (pattern: RegExp): Promise<void> => {
    await until(`${String(pattern)} in the output`, () => pattern.test(output), 60_000);
    output = "";
  };
  try {
    await seen(/2 cases: 2 passed\.[^]*waiting for a change/);
    writeFileSync(join(watched, "c.test.yaml"), CASES.replace("[sale]", "[sail]"));
    await seen(/c\.test\.yaml:6\n[^]*- expected {2}sail\n[^]*1 failed\.[^]*waiting for a change/);
    writeFileSync(join(watched, "c.yaml"), "receivers: [");
    await seen(/c\.yaml:1: [^]*waiting for a change/);
    writeFileSync(join(watched, "c.test.yaml"), CASES);
    writeFileSync(join(watched, "c.yaml"), CONFIG);
    await seen(/2 cases: 2 passed\./);
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => (child.exitCode === null ? child.once("close", resolve) : resolve(undefined)));
  }
  expect(readdirSync(folder).filter((name) => name.startsWith("pipeline-test-"))).toEqual([]);
});

const request = (body: string): string => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: "1", body: { stringValue: body } }] }] }] });

describe("why", () => {
  test("names the statement that dropped or changed an item, with file and line", async () => {
    const { code, stdout } = await pipeline("why", "nobody reads", "--cases", "a.test.yaml", "--config", "a.yaml");
    expect(stdout).toMatch(/filter\/health +3 +-> +1 +2 of 2 statements did something/);
    expect(stdout).toContain('1 log record ("debug 1") dropped in logs by filter/health (a.yaml:9): IsMatch(log.body, "^debug"); not for otlp_http/vendor.');
    expect(stdout).toContain('For otlp_http/vendor: attributes.password "geheim" -> "hidden", by transform/hide (a.yaml:15): set(log.attributes["password"], "hidden")');
    expect(stdout).toContain('attributes.seen set to "yes"');
    expect(code).toBe(0);
  });

  test("takes a file of OTLP/JSON, one request a line, and FILE:LINE of a case", async () => {
    writeFileSync(join(folder, "recorded.json"), `${request("sale")}\n${request("debug 2")}\n`);
    const { stdout } = await pipeline("why", "recorded.json", "--config", "a.yaml", "--format", "json");
    const { stages } = JSON.parse(stdout) as { stages: { statement?: string; dropped: string[]; line?: number }[] };
    expect(stages.filter(({ dropped }) => dropped.length > 0)).toMatchObject([{ dropped: ["debug 2"], statement: 'IsMatch(log.body, "^debug")', line: 9 }]);
    expect((await pipeline("why", "a.test.yaml:8", "--config", "a.yaml")).stdout).toContain("metrics get through");
  });

  test("statements that lean on each other are shown as one processor", async () => {
    const path = altered('set(log.attributes["seen"], "yes")', 'set(log.cache["x"], "yes")\n          - set(log.attributes["seen"], log.cache["x"])');
    const { stdout } = await pipeline("why", "nobody reads", "--cases", "a.test.yaml", "--config", path);
    expect(stdout).toMatch(/transform\/hide +1 +-> +1 {3}\+attributes\.seen {2}~attributes\.password|transform\/hide +1 +-> +1 {3}~attributes\.password {2}\+attributes\.seen/);
  });
});

describe("diff", () => {
  test("the same behaviour is exit code 0, however it is written", async () => {
    const { code, stdout } = await pipeline("diff", "a.yaml", altered('["path"] == "/health"', '["path"] == "/health" and true'), "--cases", "a.test.yaml");
    expect(stdout).toContain("Behaviour is the same, for 2 cases.");
    expect(stdout).toContain("1 setting changed");
    expect(code).toBe(0);
  });

  test("another behaviour is exit code 1, with what is lost, gained and changed", async () => {
    const path = altered('- IsMatch(log.body, "^debug")', '- log.body == "sale"');
    const { code, stdout } = await pipeline("diff", "a.yaml", path, "--cases", "a.test.yaml");
    expect(stdout).toContain("| `otlp_http/vendor` | 1 | 1 | ");
    expect(stdout).toContain("`IsMatch(log.body, \"^debug\")` → `log.body == \"sale\"`");
    expect(code).toBe(1);
  });

  test("git revisions are read without a checkout", async () => {
    const repository = mkdtempSync(join(folder, "repository-"));
    const git = (...args: string[]): string => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.example", ...args], { cwd: repository, encoding: "utf8", stdio: "pipe" });
    git("init", "-q");
    writeFileSync(join(repository, "collector.yaml"), CONFIG);
    git("add", ".");
    git("commit", "-q", "-m", "one");
    writeFileSync(join(repository, "collector.yaml"), CONFIG.replace('"yes"', '"no"'));
    const { code, stdout } = await pipeline("diff", `HEAD:${join(repository, "collector.yaml")}`, join(repository, "collector.yaml"), "--cases", "a.test.yaml");
    expect(stdout).toContain("`attributes.seen` changed from `yes` to `no`");
    expect(code).toBe(1);
    expect(await pipeline("diff", "nonsense", "a.yaml")).toMatchObject({ code: 2, stderr: '"nonsense" is no file, no folder and no git revision. Give one of these, or REVISION:PATH.\n' });
  });
});

describe("series", () => {
  test("growth beyond the budget names the metric, the line and the label to blame", async () => {
    expect(await pipeline("series", "a.test.yaml", "--config", "a.yaml", "--budget", "budget.yaml", "--write")).toMatchObject({ code: 0 });
    expect(await pipeline("series", "a.test.yaml", "--config", "a.yaml", "--budget", "budget.yaml")).toMatchObject({ code: 0 });
    const users = Array.from({ length: 20 }, (_, index) => `{ name: shop.sales, unit: "{sale}", sum: 2, attributes: { kind: cash, user: u${index} } }`);
    writeFileSync(join(folder, "more.test.yaml"), `cases:\n  - name: more\n    given: { metrics: [${users.join(", ")}] }\n    expect: { otlp_http/vendor: { count: 20 } }\n`);
    const { code, stdout } = await pipeline("series", "more.test.yaml", "--config", "a.yaml", "--budget", "budget.yaml");
    expect(stdout).toMatch(/✗ budget\.yaml:\d+: shop_sales_total has 20 label sets, 1 allowed\. The label "user" is to blame: it has 20 values; without it there are 1\./);
    expect(code).toBe(1);
  });

  test("the committed configuration is within its budget", async () => {
    expect((await pipeline("series")).stdout).toMatch(/within the budget\.$/m);
  });
});

describe("bad input is one line and exit code 2, and leaves nothing behind", () => {
  test.each<[string, () => string[], RegExp]>([
    ["an empty case file", () => (writeFileSync(join(folder, "empty.test.yaml"), ""), ["test", "empty.test.yaml"]), /^empty\.test\.yaml:1: .*cases/],
    ["an empty configuration", () => (writeFileSync(join(folder, "empty.yaml"), ""), ["test", "a.test.yaml", "--config", "empty.yaml"]), /^empty\.yaml: no pipeline/],
    ["a folder for a sample", () => ["why", ".", "--config", "a.yaml"], /^.*: cannot be read \(EISDIR.*Give a file, not a folder\./],
    ["a budget that cannot be written", () => ["series", "a.test.yaml", "--config", "a.yaml", "--budget", "/proc/nothing/budget.yaml", "--write"], /^\/proc\/nothing\/budget\.yaml: cannot be written \(.*\)\. Check the path\./],
    ["a run folder that cannot be made", () => ["run", "a.yaml", "--run-dir", "/dev/null/nothing"], /^\/dev\/null\/nothing: the run folder cannot be made .* Choose another with --run-dir\./],
    ["cases for reloads that are not there", () => ["run", "a.yaml", "--cases", "none"], /^--cases none: there is nothing there\./],
    ["a command with a typo", () => ["chek"], /^error: unknown command 'chek' \(Did you mean check\?\)\. Add --help to see what there is\./],
    ["an empty sample", () => (writeFileSync(join(folder, "empty.json"), ""), ["why", "empty.json", "--config", "a.yaml"]), /^empty\.json: .*it is empty/],
    ["a sample of 50 MB", () => (writeFileSync(join(folder, "large.json"), " ".repeat(50_000_000)), ["why", "large.json", "--config", "a.yaml"]), /^large\.json: .*50000000 bytes are more than the limit/],
    ["a binary that is no Collector", () => ["test", "a.test.yaml", "--config", "a.yaml", "--collector", process.execPath], /no OpenTelemetry Collector/],
    ["a case that is not there", () => ["why", "metrics get thruogh", "--cases", "a.test.yaml", "--config", "a.yaml"], /Did you mean "metrics get through"\?/],
    ["a budget with a wrong key", () => (writeFileSync(join(folder, "wrong.yaml"), "exporter: {}\n"), ["series", "a.test.yaml", "--config", "a.yaml", "--budget", "wrong.yaml"]), /^wrong\.yaml:1: /],
    ["cases that fail before any mutant", () => (writeFileSync(join(folder, "wrong.test.yaml"), CASES.replace("[sale]", "[sail]")), ["test", "wrong.test.yaml", "--config", "a.yaml", "--mutate"]), /fail without any mutant/],
    ["a side that does not start", () => ["diff", "a.yaml", altered("log.attributes[\"path\"] ==", "log.attributes[\"path\"] = ="), "--cases", "a.test.yaml"], /^B cannot take "what nobody reads is dropped": The Collector ended at start/],
  ])("%s", async (_what, prepare, message) => {
    const { code, stderr } = await pipeline(...prepare());
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
    expect(readdirSync(folder).filter((name) => name.startsWith("pipeline-test-"))).toEqual([]);
  });

  test("a receiver that takes what cannot be given", async () => {
    writeFileSync(join(folder, "profiles.yaml"), `${CONFIG}    profiles: { receivers: [otlp/profiles], exporters: [otlp_http/vendor] }\n`.replace("  otlp: {", "  otlp/profiles: { protocols: { grpc: } }\n  otlp: {"));
    writeFileSync(join(folder, "profiles.test.yaml"), `cases:\n  - name: profiles\n    given: { receiver: otlp/profiles, logs: [{ body: x }] }\n    expect: { otlp_http/vendor: nothing }\n`);
    const { code, stdout } = await pipeline("test", "profiles.test.yaml", "--config", "profiles.yaml");
    expect(stdout).toContain("profiles.test.yaml:3: otlp/profiles cannot be given logs: it feeds pipelines of profiles only. For logs there are: otlp.");
    expect(code).toBe(2);
    expect((await pipeline("test", "a.test.yaml", "--config", "profiles.yaml")).code).toBe(0);
  });
});
