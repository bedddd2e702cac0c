import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../config/config-file.ts";
import { collectorBinary, configFiles } from "../test-support/collector.ts";
import { until } from "../test-support/until.ts";
import { readConfig } from "../config/config-files.ts";
import { bootProbe } from "./boot-probe.ts";
import { validateWith } from "./validate.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "boot-probe-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A configuration with these parts; everything else is as small as it can be. */
const config = (parts: { receivers?: string; http?: string; exporter?: string; extensions?: string; enabled?: string; from?: string }): string => `receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:4318${parts.http ?? ""} } } }
${parts.receivers ?? ""}
exporters:
  otlp_http: { endpoint: "http://127.0.0.1:9"${parts.exporter ?? ""} }
extensions:
${parts.extensions ?? "  health_check:"}
service:
  extensions: [${parts.enabled ?? "health_check"}]
  pipelines:
    traces: { receivers: [${parts.from ?? "otlp"}], exporters: [otlp_http] }
`;

/** Each is passed by `validate` and does not start. Last: the line it may be found at; which of two rivals for a port comes second differs. */
const FAULTS: [string, string, RegExp, number[]][] = [
  ["a port used by two receivers", config({ receivers: "  otlp/two: { protocols: { http: { endpoint: 0.0.0.0:4318 } } }", from: "otlp, otlp/two" }), /address already in use\. receivers\.otlp(\/two)? listens there as well/, [2, 3]],
  ["a port used by a receiver and an extension", config({ extensions: "  health_check: { endpoint: localhost:4318 }" }), /4318.*address already in use\. .*listens there as well/, [2, 7]],
  ["the port of the Collector's own metrics", config({ receivers: "  otlp/two: { protocols: { http: { endpoint: 127.0.0.1:8888 } } }", from: "otlp/two, otlp" }), /service\.telemetry\.metrics listens there as well/, [3]],
  ["a storage that is declared but not enabled", config({ exporter: ", sending_queue: { storage: file_storage }", extensions: "  file_storage: { directory: /tmp }\n  health_check:" }), /no storage client extension/, [5]],
  ["a storage that is not declared", config({ exporter: ", sending_queue: { storage: file_storage/none }" }), /no storage client extension/, [5]],
  ["an authenticator that is not enabled", config({ exporter: ", auth: { authenticator: bearertokenauth }", extensions: "  bearertokenauth: { token: x }\n  health_check:" }), /authenticator "bearertokenauth"/, [5]],
  ["a certificate that is missing", config({ http: ", tls: { cert_file: /nowhere/cert.pem, key_file: /nowhere/key.pem }" }), /\/nowhere\/cert\.pem: no such file/, [2]],
  ["a CA file that is missing", config({ exporter: ", tls: { ca_file: /nowhere/ca.pem }" }), /\/nowhere\/ca\.pem: no such file/, [5]],
  ["a password file that is missing", config({ extensions: "  basicauth: { htpasswd: { file: /nowhere/passwords } }", enabled: "basicauth" }), /\/nowhere\/passwords: no such file/, [7]],
  ["an address that this machine does not have", config({ receivers: "  otlp/two: { protocols: { http: { endpoint: 203.0.113.7:4318 } } }", from: "otlp, otlp/two" }), /cannot assign requested address/, [3]],
];

test.each(FAULTS)("%s passes validate and is found, with its line", async (_what, text, message, lines) => {
  const files = [parseConfig("faulty.yaml", text)];
  expect(await validateWith(collectorBinary(), files, process.env)).toEqual([]);
  const fault = await bootProbe(collectorBinary(), files, process.env);
  expect(fault?.message).toMatch(message);
  expect(fault?.message).toMatch(/^The Collector does not start/);
  expect(fault?.at.file).toBe("faulty.yaml");
  expect(lines).toContain(fault?.at.line);
});

test("a configuration that runs already starts a second time, and nothing of it is touched", async () => {
  const queue = join(folder, "queue");
  mkdirSync(queue);
  writeFileSync(join(queue, "exporter_otlp_http_traces"), "a queue");
  const socket = createServer();
  await new Promise<void>((resolve) => socket.listen(join(folder, "otlp.sock"), resolve));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const text = `${config({
    receivers: `  otlp/taken: { protocols: { http: { endpoint: 127.0.0.1:${port} }, grpc: { transport: unix, endpoint: ${join(folder, "otlp.sock")} } } }`,
    from: "otlp, otlp/taken",
    exporter: ", sending_queue: { storage: file_storage }",
    extensions: `  file_storage: { directory: "\${env:QUEUE}", compaction: { directory: ${queue}, on_start: true, cleanup_on_start: true } }`,
    enabled: "file_storage",
  })}  telemetry: { logs: { level: error, encoding: json, output_paths: [${join(folder, "collector.log")}] } }\n`;
  try {
    expect(await bootProbe(collectorBinary(), [parseConfig("running.yaml", text)], { ...process.env, QUEUE: queue })).toBeUndefined();
    expect(readdirSync(queue)).toEqual(["exporter_otlp_http_traces"]);
    expect(readFileSync(join(queue, "exporter_otlp_http_traces"), "utf8")).toBe("a queue");
    expect(readdirSync(folder).sort()).toEqual(["otlp.sock", "queue"]);
  } finally {
    server.close();
    socket.close();
    rmSync(queue, { recursive: true });
  }
});

test("the committed configuration starts", async () => {
  expect(await bootProbe(collectorBinary(), readConfig(configFiles()), { ...process.env, COLLECTOR_QUEUE_DIR: "/nowhere/queue" })).toBeUndefined();
});

/** `pipeline check` on a configuration that is right, with another environment. */
function startCheck(env: Record<string, string>, ...args: string[]): { child: ReturnType<typeof spawn>; result: Promise<{ code: number | null; stdout: string }> } {
  const file = join(folder, "right.yaml");
  writeFileSync(file, config({}).replace("traces:", "# pipeline: allow memory-limiter-first: small\n    traces:").replace("  otlp_http:", "  # pipeline: allow queue-in-memory: small\n  # pipeline: allow retry-gives-up: small\n  otlp_http:"));
  const child = spawn(process.execPath, [MAIN, "check", file, ...args], { env: { OTELCOL_BIN: collectorBinary(), ...env }, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  return { child, result: new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout }))) };
}

test("where there are no network namespaces it says so; --no-boot is the way round", async () => {
  const without = join(folder, "empty-path");
  mkdirSync(without);
  const { code, stdout } = await startCheck({ PATH: without }, "--format", "json").result;
  const { findings } = JSON.parse(stdout) as { findings: { rule: string; message: string; remedy: string }[] };
  expect(findings.map(({ rule }) => rule)).toContain("boot");
  expect(findings.find(({ rule }) => rule === "boot")).toMatchObject({ message: expect.stringContaining("no network namespace"), remedy: expect.stringContaining("--no-boot") });
  expect(code).toBe(1);
  expect((await startCheck({ PATH: without }, "--no-boot", "--format", "json").result).stdout).not.toContain('"boot"');
  rmSync(without, { recursive: true });
});

test("a check that is killed leaves neither a Collector nor a folder", async () => {
  const own = join(folder, "tmp");
  mkdirSync(own);
  // One that never says it is ready, and would run for ever.
  const slow = join(folder, "otelcol-slow");
  writeFileSync(slow, `#!/bin/sh\ncase "$1" in components|validate) exec ${collectorBinary()} "$@" ;; esac\necho $$ > ${own}/pid\nexec sleep 600\n`, { mode: 0o755 });
  const { child, result } = startCheck({ PATH: process.env["PATH"] ?? "", TMPDIR: own, OTELCOL_BIN: slow });
  const pid = Number(await until("the trial runs", () => readdirSync(own).includes("pid") && readFileSync(join(own, "pid"), "utf8").trim()));
  child.kill("SIGKILL");
  await result;
  await until("it is gone", () => !isAlive(pid));
  await until("its folder is gone", () => !readdirSync(own).some((name) => name.startsWith("pipeline-boot-")));
  expect(isAlive(pid)).toBe(false);
  rmSync(own, { recursive: true });
  rmSync(slow);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
