import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { awaitLock } from "../lock.ts";
import { runCommand } from "../run-command.ts";
import { step, type Terminal } from "../terminal.ts";
import { messageOf, rootCause, UserError } from "../user-error.ts";
import { buildFromModules } from "./build.ts";
import { type Binaries, type BinaryName, type Component, components } from "./catalogue.ts";
import { cachedFile, cacheFolder, findBinary, type Found } from "./find.ts";
import { downloadRelease } from "./release.ts";

export interface ObtainOptions {
  root: string;
  env: NodeJS.ProcessEnv;
  out: Terminal;
  /** Only components with one of these binaries; default: all */
  wanted?: readonly BinaryName[];
}

const defaultReleases = "https://github.com";

/**
 * Gets every binary, in the order of DESIGN section 4: environment variable, PATH, cache, release archive, build from Go modules.
 * What is downloaded or built is put into the cache. Throws one UserError that lists, for each missing component, why every way was passed over.
 */
export async function obtainBinaries(options: ObtainOptions): Promise<Partial<Binaries>> {
  const chosen = components.filter((component) => options.wanted === undefined || component.binaries.some(({ name }) => options.wanted?.includes(name)));
  const binaries: Partial<Binaries> = {};
  const failures: string[] = [];
  for (const component of chosen) {
    const passedOver: string[] = [];
    const found = (await findAll(component, options.env, passedOver)) ?? (await make(component, options, passedOver));
    if (found === undefined) failures.push(`${component.title} ${component.version}:\n${passedOver.map((reason) => `    - ${reason}`).join("\n")}`);
    else {
      options.out.item(component.title, `${component.version} (${[...new Set(Object.values(found).map(({ source }) => source))].join(", ")})`);
      for (const [name, { path }] of Object.entries(found)) binaries[name as BinaryName] = path;
    }
  }
  if (failures.length > 0) throw new UserError(`these programs could not be had; each way was tried:\n  ${failures.join("\n  ")}\n  Install Go 1.26 or newer, or name a binary with its variable.`);
  return binaries;
}

type FoundBinaries = Partial<Record<BinaryName, Found>>;

async function findAll(component: Component, env: NodeJS.ProcessEnv, passedOver: string[]): Promise<FoundBinaries | undefined> {
  const found: FoundBinaries = {};
  for (const binary of component.binaries) {
    const one = await findBinary(component, binary, env, passedOver);
    if (one === undefined) return undefined;
    found[binary.name] = one;
  }
  return found;
}

/** Downloads or builds; of two processes that want the same, the second waits for the first and finds its result. */
async function make(component: Component, options: ObtainOptions, passedOver: string[]): Promise<FoundBinaries | undefined> {
  const { env, out } = options;
  const cache = cacheFolder(env);
  const lock = await awaitLock(join(cache, `.${component.title}.lock`), (holder) => out.item(component.title, `waits for process ${holder.pid}, which is getting it`));
  try {
    const meanwhile = await findAll(component, env, []);
    if (meanwhile !== undefined) return meanwhile;
    const work = mkdtempSync(join(cache, ".new-"));
    try {
      return (await release(component, options, work, passedOver)) ?? (await build(component, options, work, passedOver));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

let releasesUnreachable = "";

async function release(component: Component, { env, out }: ObtainOptions, work: string, passedOver: string[]): Promise<FoundBinaries | undefined> {
  const base = env["HELLOAGENTS_RELEASES_URL"] || defaultReleases;
  if (env["HELLOAGENTS_OFFLINE"] === "1") {
    passedOver.push("release archive: HELLOAGENTS_OFFLINE=1");
    return undefined;
  }
  if (releasesUnreachable === base) {
    passedOver.push(`release archive: ${base} did not answer a moment ago`);
    return undefined;
  }
  try {
    const { result } = await step(out, component.title, `${component.version}: downloading the release archive`, async () => await downloadRelease(component, join(work, "release"), base));
    return await keep(component, result, env, "release archive");
  } catch (error) {
    passedOver.push(`release archive: ${messageOf(error)}`);
    out.item(component.title, `no release archive: ${reasonOf(error)}`);
    if (!/answered \d|SHA-256|list/.test(messageOf(error))) releasesUnreachable = base;
    return undefined;
  }
}

async function build(component: Component, { env, out, root }: ObtainOptions, work: string, passedOver: string[]): Promise<FoundBinaries | undefined> {
  const go = await runCommand("go", ["version"], { env, timeout_ms: 10_000 });
  if (!go.ok) {
    passedOver.push(`build from Go modules: no usable go (${go.ended})`);
    return undefined;
  }
  try {
    const { result, took_s } = await step(out, component.title, `${component.version}: building from Go modules, minutes when nothing is cached`, async () => await buildFromModules(component, join(work, "build"), root, env));
    return await keep(component, result, env, `built in ${took_s} s`);
  } catch (error) {
    passedOver.push(`build from Go modules: ${messageOf(error)}`);
    return undefined;
  }
}

/** Moves new binaries into the cache; each appears whole or not at all. */
async function keep(component: Component, folder: string, env: NodeJS.ProcessEnv, source: string): Promise<FoundBinaries> {
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true });
  const found: FoundBinaries = {};
  for (const binary of component.binaries) {
    const path = cachedFile(cache, binary, component.version);
    const draft = `${path}.${process.pid}`;
    const made = madeFile(folder, binary.onPath);
    copyFileSync(made, draft);
    chmodSync(draft, 0o755);
    const works = await runCommand(draft, ["--version"], { timeout_ms: 20_000 });
    if (!works.ok) {
      rmSync(draft, { force: true });
      throw new Error(`${binary.name} does not run here: ${works.ended}`);
    }
    renameSync(draft, path);
    found[binary.name] = { path, source };
  }
  return found;
}

function madeFile(folder: string, names: string[]): string {
  for (const name of names) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
  }
  throw new Error(`there is no ${names.join(" or ")} in it`);
}

/** Why, without the address: short enough for a line of progress. */
function reasonOf(error: unknown): string {
  const reason = messageOf(rootCause(error));
  return reason.length > 80 ? `${reason.slice(0, 77)}...` : reason;
}
