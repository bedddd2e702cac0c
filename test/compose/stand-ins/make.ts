// npm run compose-stand-ins: makes images under the names that docker-compose.yml and services/Dockerfile use, for an engine that reaches
// no image registry. Wants root, debootstrap, a Debian mirror, and the binaries that `npm start` has fetched. Keep them off a machine that
// can have the official images: the names are the same.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const here = import.meta.dirname;
const repository = resolve(here, "../../..");
const base = "helloagents-stand-in/debian";
const packages = ["ca-certificates", "busybox-static", "gosu", "postgresql-17"];
/** Stage of the Dockerfile beside this file -> how the name of the image it stands in for begins. */
const stages = { node: "node:", prometheus: "prom/prometheus:", alertmanager: "prom/alertmanager:", collector: "otel/opentelemetry-collector-contrib:", postgres: "postgres:", grafana: "grafana/grafana:" };
const certificates = process.env["SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt";

const folder = mkdtempSync(join(tmpdir(), "helloagents-stand-ins-"));
try {
  if (run("docker", ["images", "--quiet", base]) === "") importDebian(join(folder, "debian"));
  const context = join(folder, "context");
  layOut(context);
  for (const [stage, name] of Object.entries(stages)) {
    const tag = usedTag(name);
    show("docker", ["build", "--quiet", "--network", "none", "--target", stage, "--tag", tag, context]);
    process.stdout.write(`${tag}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The one full name with a tag that the two files use. */
function usedTag(name: string): string {
  const text = ["docker-compose.yml", "services/Dockerfile"].map((file) => readFileSync(join(repository, file), "utf8")).join("\n");
  const tags = new Set([...text.matchAll(/(?:image: |FROM |--from=)([a-z/-]+:[\w.-]+)/g)].map(([, tag = ""]) => tag).filter((tag) => tag.startsWith(name)));
  const [tag, ...others] = tags;
  if (tag === undefined || others.length > 0) throw new Error(`docker-compose.yml and services/Dockerfile name ${tags.size} images ${name}...; one was expected: ${[...tags].join(", ")}`);
  return tag;
}

function importDebian(root: string): void {
  process.stdout.write("Debian's packages, into a root file system of their own ...\n");
  show("debootstrap", ["--variant=minbase", `--include=${packages.join(",")}`, "trixie", root]);
  show("sh", ["-c", 'tar -C "$0" --exclude=./var/cache/apt --exclude=./dev -c . | docker import - "$1"', root, base]);
}

/** Binaries as the project has them, npm and the way to its registry as this machine has them. */
function layOut(context: string): void {
  mkdirSync(join(context, "bin"), { recursive: true });
  for (const file of ["Dockerfile", "postgres-entrypoint.sh", "grafana.mjs"]) cpSync(join(here, file), join(context, file));
  for (const name of ["prometheus", "promtool", "alertmanager", "amtool", "otelcol"]) cpSync(fetched(name), join(context, "bin", name));
  cpSync(process.execPath, join(context, "bin/node"));
  cpSync(join(repository, "node_modules/yaml"), join(context, "yaml"), { recursive: true });
  const npm = process.env["npm_execpath"];
  if (npm === undefined) throw new Error("npm's own folder is not known: start this with `npm run compose-stand-ins`");
  cpSync(resolve(dirname(npm), ".."), join(context, "npm"), { recursive: true, dereference: true });
  cpSync(certificates, join(context, "ca-certificates.crt"), { dereference: true });
  writeFileSync(join(context, "npmrc"), `registry=${run("npm", ["config", "get", "registry"])}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`);
}

function fetched(name: string): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "helloagents/bin");
  const file = existsSync(cache) ? readdirSync(cache).filter((candidate) => new RegExp(`^${name}-\\d`).test(candidate)).sort().at(-1) : undefined;
  if (file === undefined) throw new Error(`${cache} has no ${name}: run \`npm start\` once, which gets it`);
  return join(cache, file);
}

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", cwd: repository, stdio: ["ignore", "pipe", "inherit"] }).trim();
}

function show(command: string, args: string[]): void {
  execFileSync(command, args, { cwd: repository, stdio: "inherit", env: { ...process.env, DOCKER_BUILDKIT: "1" } });
}
