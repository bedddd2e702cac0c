import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { terminal } from "../terminal.ts";
import { obtainBinaries } from "./obtain.ts";

let folder = "";
let server: Server | undefined;
let env: NodeJS.ProcessEnv = {};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-binaries-"));
  mkdirSync(join(folder, "path"));
  // A port where nobody listens: refused at once, as on a machine without network.
  const nobody = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => nobody.once("listening", resolve));
  const { port } = nobody.address() as AddressInfo;
  await new Promise((resolve) => nobody.close(resolve));
  env = { PATH: `${join(folder, "path")}:/bin:/usr/bin`, HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), HELLOAGENTS_RELEASES_URL: `http://127.0.0.1:${port}` };
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** A program that tells a version, as Prometheus' do. */
function program(path: string, version: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "x, version ${version} (branch: HEAD)"\n`);
  chmodSync(path, 0o755);
  return path;
}

const cached = (name: string): string => join(folder, "cache/helloagents/bin", name);
const obtain = async (): Promise<Record<string, string>> => await obtainBinaries({ root: folder, env, out: { ...terminal(), line: () => undefined, item: () => undefined }, wanted: ["prometheus", "promtool"] });

test("a variable wins over PATH, PATH over the cache", async () => {
  program(join(folder, "path/prometheus"), "3.16.2");
  program(join(folder, "path/promtool"), "3.17.0");
  program(cached("prometheus-3.16.0"), "3.16.0");
  env["PROMTOOL_BIN"] = program(join(folder, "mine/promtool"), "2.0.0");
  expect(await obtain()).toEqual({ prometheus: join(folder, "path/prometheus"), promtool: join(folder, "mine/promtool") });
});

test("an old version on PATH is passed over for the cache", async () => {
  program(join(folder, "path/prometheus"), "2.42.0");
  for (const name of ["prometheus", "promtool"]) program(cached(`${name}-3.16.0`), "");
  expect(await obtain()).toEqual({ prometheus: cached("prometheus-3.16.0"), promtool: cached("promtool-3.16.0") });
});

test("a variable that names nothing usable is an error that names it", async () => {
  env["PROMETHEUS_BIN"] = join(folder, "missing");
  await expect(obtain()).rejects.toThrow(/^PROMETHEUS_BIN names .*missing, which cannot be run: .*ENOENT/);
});

/** Serves a release like GitHub's; `sum` replaces the right checksum. */
async function serveRelease(sum?: string): Promise<void> {
  const architecture = { x64: "amd64", arm64: "arm64" }[arch() as "x64"] ?? arch();
  const name = `prometheus-3.16.0.${platform()}-${architecture}`;
  for (const file of ["prometheus", "promtool"]) program(join(folder, "release", name, file), "3.16.0");
  spawnSync("tar", ["-czf", join(folder, `${name}.tar.gz`), "-C", join(folder, "release"), name]);
  const archive = readFileSync(join(folder, `${name}.tar.gz`));
  const sums = `${"0".repeat(64)}  other.tar.gz\n${sum ?? createHash("sha256").update(archive).digest("hex")}  ${name}.tar.gz\n`;
  server = createServer((request, response) => {
    const base = "/prometheus/prometheus/releases/download/v3.16.0";
    if (request.url === `${base}/sha256sums.txt`) response.end(sums);
    else if (request.url === `${base}/${name}.tar.gz`) response.end(archive);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  env["HELLOAGENTS_RELEASES_URL"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a release archive is checked, unpacked and kept, also when two want it at once", async () => {
  await serveRelease();
  const kept = { prometheus: cached("prometheus-3.16.0"), promtool: cached("promtool-3.16.0") };
  expect(await Promise.all([obtain(), obtain()])).toEqual([kept, kept]);
  expect(readdirSync(join(folder, "cache/helloagents/bin")).sort()).toEqual(["prometheus-3.16.0", "promtool-3.16.0"]);
});

test("an archive with a wrong sum is not used; every way that failed is listed", async () => {
  await serveRelease("f".repeat(64));
  program(join(folder, "path/prometheus"), "2.42.0");
  writeFileSync(join(folder, "path/go"), "#!/bin/sh\necho no toolchain here >&2\nexit 1\n");
  chmodSync(join(folder, "path/go"), 0o755);
  const error = await obtain().catch((thrown: Error) => thrown.message);
  expect(error).toMatch(/Prometheus 3\.16\.0:/);
  expect(error).toMatch(/PROMETHEUS_BIN is not set[\s\S]*prometheus: version 2\.42\.0 is not 3\.16[\s\S]*cache .*: not there[\s\S]*SHA-256[\s\S]*build from Go modules: no usable go/);
  expect(existsSync(cached("prometheus-3.16.0"))).toBe(false);
});

test("offline, what cannot be fetched is built with go, and go's own words explain a failure", async () => {
  writeFileSync(join(folder, "path/go"), `#!/bin/sh\n[ "$1" = version ] && exit 0\necho "missing go.sum entry" >&2\nexit 1\n`);
  chmodSync(join(folder, "path/go"), 0o755);
  mkdirSync(join(folder, "services/stack/go/prometheus"), { recursive: true });
  await expect(obtain()).rejects.toThrow(/release archive: .*ECONNREFUSED[\s\S]*build from Go modules: go build: exit code 1: missing go\.sum entry/);
  env["HELLOAGENTS_OFFLINE"] = "1";
  await expect(obtain()).rejects.toThrow(/release archive: HELLOAGENTS_OFFLINE=1/);
});
