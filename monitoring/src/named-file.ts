import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const problems: Record<string, string> = {
  ENOENT: "there is no such file; check the path",
  EISDIR: "this is a folder; name a file",
  EACCES: "you may not read it; give yourself the right, or name another file",
};

/** Text of a file that somebody has named. @throws {Error} that says what is wrong with the name, and what to do */
export function readNamed(file: string): string {
  try {
    return readFileSync(resolve(file), "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new Error(`${relative(process.cwd(), resolve(file)) || "."}: ${problems[code] ?? message}`, { cause: error });
  }
}

/** Paths of the YAML files in a folder that somebody has named, down to the bottom, in order. */
export function yamlFilesIn(folder: string): string[] {
  return globSync("**/*.{yml,yaml}", { cwd: folder }).sort().map((file) => join(folder, file));
}
