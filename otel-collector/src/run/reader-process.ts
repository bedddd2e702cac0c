import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { componentsOf } from "../binary.ts";
import { type ConfigFile, parseConfig } from "../config/config-file.ts";
import { readConfig } from "../config/config-files.ts";
import { mergeFiles } from "../config/merge.ts";
import { CannotRun } from "../failure.ts";
import type { Reader } from "./reader.ts";
import type { Snapshot } from "./snapshot.ts";

// node reader-process.ts <question> <JSON list of its arguments>: the answer as JSON; what cannot be read in stderr, with exit code 2.
const answers: { [Question in keyof Reader]: (...args: Parameters<Reader[Question]>) => Awaited<ReturnType<Reader[Question]>> | ReturnType<Reader[Question]> } = {
  components: componentsOf,
  files(paths) {
    const files = readConfig(paths);
    return { paths: files.map(({ name }) => resolve(name)), digest: digestOf(files) };
  },
  take(runFolder, paths) {
    const files = readConfig(paths);
    const fault = files.flatMap(({ errors }) => errors)[0];
    if (fault) throw new CannotRun(`${fault.place.file}:${fault.place.line}:${fault.place.column}: ${fault.message} \`pipeline check\` says more.`);
    const numbers = readdirSync(runFolder).filter((name) => /^\d+$/.test(name)).map(Number);
    const folder = join(runFolder, String(Math.max(0, ...numbers) + 1));
    mkdirSync(folder, { mode: 0o700 });
    files.forEach(({ name, text }, index) => writeFileSync(join(folder, `${String(index).padStart(2, "0")}-${basename(name)}`), text, { mode: 0o600 }));
    return snapshotIn(folder);
  },
  lastGood(runFolder) {
    try {
      return snapshotIn(join(runFolder, readlinkSync(join(runFolder, "good"))));
    } catch {
      return null;
    }
  },
};

function snapshotIn(folder: string): Snapshot {
  const paths = readdirSync(folder).sort().map((name) => join(folder, name));
  const files = paths.map((path) => parseConfig(path, readFileSync(path, "utf8")));
  return { paths, config: mergeFiles(files), digest: digestOf(files), folder };
}

function digestOf(files: readonly ConfigFile[]): string {
  const hash = createHash("sha256");
  for (const { text } of files) hash.update(`${text.length}\n${text}`);
  return hash.digest("hex");
}

const [, , question = "", args = "[]"] = process.argv;
try {
  const answer = answers[question as keyof Reader] as (...given: unknown[]) => unknown;
  process.stdout.write(JSON.stringify(await answer(...(JSON.parse(args) as unknown[]))));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(error.message);
  process.exitCode = 2;
}
