import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./binaries/find.ts";
import { awaitLock } from "./lock.ts";
import { lastLines } from "./log-file.ts";
import { runCommand } from "./run-command.ts";
import { step, type Terminal } from "./terminal.ts";
import { UserError } from "./user-error.ts";

/** Tools from PyPI that only tests use: `test/python/<name>.txt` pins them, the variable tells the tests where their Python is. */
export const pythonTools = [
  { name: "bugsink", variable: "BUGSINK_PYTHON" },
  { name: "sentry-relay", variable: "SENTRY_RELAY_PYTHON" },
] as const;

export type PythonTool = (typeof pythonTools)[number];

const install_ms = 15 * 60_000;
const check = "import sys, venv, ensurepip; assert sys.version_info >= (3, 10)";

/**
 * The Python that has a tool: the one its variable names, else a virtual environment in the cache folder, which is made when it is not
 * there or other versions are pinned now. Throws UserError that says what to do.
 */
export async function obtainPythonTool({ name, variable }: PythonTool, root: string, env: NodeJS.ProcessEnv, out: Terminal): Promise<string> {
  const named = env[variable];
  if (named) {
    if (!existsSync(named)) throw new UserError(`${variable} names ${named}, which is not there. Correct it or unset it.`);
    return named;
  }
  const pins = join(root, "test/python", `${name}.txt`);
  const wanted = createHash("sha256").update(readFileSync(pins)).digest("hex");
  const folder = pythonFolder(name, env);
  const python = join(folder, "bin/python");
  const stamp = join(folder, "pins-sha256");
  const isThere = (): boolean => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(python);
  if (isThere()) return python;
  mkdirSync(join(folder, ".."), { recursive: true });
  const lock = await awaitLock(`${folder}.lock`, ({ pid }) => out.item(name, `waits for process ${pid}, which is installing it`));
  try {
    if (isThere()) return python;
    rmSync(folder, { recursive: true, force: true });
    const { result, took_s } = await step(out, name, "installing from PyPI", async () => await install(await systemPython(env, name), folder, pins));
    if (!result.ok) throw new UserError(`${name} could not be installed from PyPI (${result.ended}: ${lastLines(result.output, 1).join("")}). Repair that, or name a Python that has the packages of ${pins} with ${variable}.`);
    writeFileSync(stamp, wanted);
    out.item(name, `installed in ${took_s} s`);
    return python;
  } finally {
    lock.release();
  }
}

/** Where a tool's virtual environment is. */
function pythonFolder(name: string, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "../python", name);
}

async function install(base: string, folder: string, pins: string): ReturnType<typeof runCommand> {
  const made = await runCommand(base, ["-m", "venv", folder], { timeout_ms: install_ms });
  if (!made.ok) return made;
  return await runCommand(join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", pins], { timeout_ms: install_ms });
}

async function systemPython(env: NodeJS.ProcessEnv, tool: string): Promise<string> {
  for (const candidate of [env["PYTHON"] ?? "", "python3", "/usr/bin/python3"]) {
    if (candidate !== "" && (await runCommand(candidate, ["-c", check], { env, timeout_ms: 20_000 })).ok) return candidate;
  }
  throw new UserError(`the tests need ${tool}, a Python package, and there is no Python 3.10 or newer with venv. Install one (Debian: apt-get install python3-venv), or name it with the variable PYTHON.`);
}
