import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { obtainPythonTool, type PythonTool } from "./python-tools.ts";
import { terminal } from "./terminal.ts";

const tool: PythonTool = { name: "bugsink", variable: "BUGSINK_PYTHON" };
const pins = "bugsink==2.6.1\n";
let root: string;
let env: NodeJS.ProcessEnv;
const said: string[] = [];
const out = { ...terminal(), item: (name: string, text: string) => void said.push(`${name} ${text}`) };

beforeEach(() => {
  said.length = 0;
  root = mkdtempSync(join(tmpdir(), "python-tools-"));
  mkdirSync(join(root, "test/python"), { recursive: true });
  writeFileSync(join(root, "test/python/bugsink.txt"), pins);
  env = { PATH: root, XDG_CACHE_HOME: join(root, "cache") };
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** A Python of this name whose `-m venv` makes a folder with a Python, and whose `pip` ends with `status`. */
function fakePython(name: string, status: number): string {
  const file = join(root, name);
  const python = `#!/bin/sh\\n[ "$2" != pip ] || { echo "no such version"; exit ${status}; }\\n`;
  writeFileSync(file, `#!/bin/sh\n[ "$2" = venv ] || exit 0\n/bin/mkdir -p "$3/bin" && printf '${python}' > "$3/bin/python" && /bin/chmod +x "$3/bin/python"\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a Python that the variable names is taken; one that is not there is an error that names the variable", async () => {
  const named = fakePython("mine", 0);
  expect(await obtainPythonTool(tool, root, { ...env, BUGSINK_PYTHON: named }, out)).toBe(named);
  await expect(obtainPythonTool(tool, root, { ...env, BUGSINK_PYTHON: "/nowhere" }, out)).rejects.toThrow("BUGSINK_PYTHON names /nowhere, which is not there");
});

test("it is installed once, with a word about it, and again when other versions are pinned", async () => {
  env["PYTHON"] = fakePython("python3", 0);
  const python = await obtainPythonTool(tool, root, env, out);
  expect(python).toBe(join(root, "cache/helloagents/python/bugsink/bin/python"));
  expect(said[0]).toBe("bugsink installing from PyPI");
  said.length = 0;
  expect(await obtainPythonTool(tool, root, env, out)).toBe(python);
  expect(said).toEqual([]);
  writeFileSync(join(root, "test/python/bugsink.txt"), "bugsink==2.6.2\n");
  await obtainPythonTool(tool, root, env, out);
  expect(said).toContain("bugsink installing from PyPI");
});

test("an installation that fails says why, and is not taken for one the next time", async () => {
  env["PYTHON"] = fakePython("python3", 1);
  for (let attempt = 0; attempt < 2; attempt += 1) await expect(obtainPythonTool(tool, root, env, out)).rejects.toThrow(/bugsink could not be installed from PyPI \(exit code 1: no such version\).*BUGSINK_PYTHON/);
});

test("a stamp of these pins without a Python is no installation", async () => {
  const folder = join(root, "cache/helloagents/python/bugsink");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "pins-sha256"), createHash("sha256").update(pins).digest("hex"));
  env["PYTHON"] = fakePython("python3", 0);
  await obtainPythonTool(tool, root, env, out);
  expect(said).toContain("bugsink installing from PyPI");
});
