import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "./log-file.ts";
import { awaitLock } from "./lock.ts";
import { runCommand } from "./run-command.ts";
import { step, type Terminal } from "./terminal.ts";
import { UserError } from "./user-error.ts";

/** What is built before a start: the two published packages first, then the pages, which may use them. */
const rounds = [
  ["services/telemetry-web", "services/telemetry-node"],
  ["services/console", "services/frontend"],
];

/** Workspaces whose sources go into another one's build. */
const alsoReads: Record<string, string[]> = { "services/frontend": ["services/telemetry-web"] };

const build_ms = 300_000;

/** Builds what changed since its last build (or was never built). Throws UserError with the last lines of a build that fails. */
export async function buildBundles(root: string, out: Terminal): Promise<void> {
  const lock = await awaitLock(join(root, "node_modules", ".helloagents-build.lock"), ({ pid }) => out.item("pages", `waits for process ${pid}, which is building them`));
  try {
    for (const round of rounds) {
      const due = round.filter((workspace) => needsBuild(root, workspace, out));
      await Promise.all(due.map(async (workspace) => await build(root, workspace, out)));
    }
  } finally {
    lock.release();
  }
}

function needsBuild(root: string, workspace: string, out: Terminal): boolean {
  const name = workspace.replace("services/", "");
  const file = join(root, workspace, "package.json");
  if (!existsSync(file)) return false;
  const scripts = (JSON.parse(readFileSync(file, "utf8")) as { scripts?: Record<string, string> }).scripts;
  if (scripts?.["build"] === undefined) {
    out.item(name, "has no build script: not built");
    return false;
  }
  return readStamp(root, workspace) !== inputsOf(root, workspace);
}

async function build(root: string, workspace: string, out: Terminal): Promise<void> {
  const name = workspace.replace("services/", "");
  const inputs = inputsOf(root, workspace);
  const { result, took_s } = await step(out, name, "building", async () => await runCommand("npm", ["run", "build", "--silent", "-w", workspace], { cwd: root, timeout_ms: build_ms }));
  if (!result.ok) throw new UserError(`the build of ${workspace} failed (${result.ended}):\n${lastLines(result.output, 8).map((line) => `    ${line}`).join("\n")}`);
  const dist = join(root, workspace, "dist");
  mkdirSync(dist, { recursive: true });
  writeFileSync(stampFile(root, workspace), inputs);
  out.item(name, `built in ${took_s} s`);
}

/** SHA-256 over everything a build reads: the sources (tests aside) and the lockfile. */
export function inputsOf(root: string, workspace: string): string {
  const hash = createHash("sha256");
  const folders = [workspace, ...(alsoReads[workspace] ?? [])].map((folder) => join(root, folder));
  for (const file of [join(root, "package-lock.json"), ...folders.flatMap(sources)]) {
    hash.update(`${file.slice(root.length)}\0`);
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (["dist", "node_modules"].includes(entry.name) || entry.name.startsWith(".") || /\.test\.|\.md$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [path];
  });
}

const stampFile = (root: string, workspace: string): string => join(root, workspace, "dist", ".inputs-sha256");

function readStamp(root: string, workspace: string): string | undefined {
  const file = stampFile(root, workspace);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
