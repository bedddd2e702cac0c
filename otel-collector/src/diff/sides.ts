import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import { type Loaded, runnable } from "../cases/bench.ts";
import { readConfig } from "../config/config-files.ts";
import { absolute, CONFIG_DIR } from "../config/places.ts";
import { parseConfig } from "../config/config-file.ts";
import { CannotRun } from "../failure.ts";

/**
 * One side of a comparison: a file, a folder (its *.yaml, base.yaml first), a git revision (of the committed configuration), or REVISION:PATH.
 * Files of a revision are read from git; nothing is checked out. @throws CannotRun when it is none of them, or cannot be run.
 */
export function loadSide(side: string): Loaded {
  const path = absolute(side);
  if (existsSync(path)) return runnable(statSync(path).isDirectory() ? inFolder(path, side) : readConfig([path]));
  const colon = side.indexOf(":");
  const revision = colon < 0 ? side : side.slice(0, colon);
  const within = absolute(colon < 0 ? CONFIG_DIR : side.slice(colon + 1));
  const cwd = nearestFolder(within);
  const commit = git(["rev-parse", "--verify", "--quiet", `${revision}^{commit}`], cwd)?.trim();
  if (commit === undefined) throw new CannotRun(`"${side}" is no file, no folder and no git revision. Give one of these, or REVISION:PATH.`);
  const root = git(["rev-parse", "--show-toplevel"], cwd)?.trim() ?? cwd;
  const inRepository = relative(root, within);
  const names = (git(["ls-tree", "-r", "--name-only", commit, "--", inRepository], root) ?? "").split("\n").filter((name) => name.endsWith(".yaml") || name === inRepository);
  const direct = names.filter((name) => name === inRepository || dirname(name) === inRepository);
  if (direct.length === 0) throw new CannotRun(`${side}: ${inRepository} has no *.yaml in that revision.`);
  const inOrder = [...direct.filter((name) => basename(name) === "base.yaml"), ...direct.filter((name) => basename(name) !== "base.yaml").sort()];
  return runnable(inOrder.map((name) => parseConfig(`${revision}:${name}`, git(["show", `${commit}:${name}`], root) ?? "")));
}

function inFolder(path: string, side: string): ReturnType<typeof readConfig> {
  const files = readConfig([], path);
  if (files.length === 0) throw new CannotRun(`${side}: no *.yaml in this folder.`);
  return files;
}

/** A folder may be gone since. */
function nearestFolder(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
}

function git(args: string[], cwd: string): string | undefined {
  try {
    return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 16 * 1024 * 1024 });
  } catch {
    return undefined;
  }
}
