import { spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Components } from "../binary.ts";
import { CannotRun } from "../failure.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the parent of a Collector asks about files. Each rejects with CannotRun for what cannot be read. */
export interface Reader {
  /** What the binary can do. */
  components(collector: string): Promise<Components>;
  /** The absolute paths and the digest of the files as they are now. */
  files(paths: readonly string[]): Promise<{ paths: string[]; digest: string }>;
  /** Puts the files as they are now into a new numbered folder of the run folder. */
  take(runFolder: string, paths: readonly string[]): Promise<Snapshot>;
  /** What served last, in this run or an earlier one. */
  lastGood(runFolder: string): Promise<Snapshot | null>;
}

const PROCESS = fileURLToPath(new URL(`reader-process${extname(import.meta.url)}`, import.meta.url));

/** Asks a process that ends with its answer: the YAML library alone would cost the parent a fifth of its memory for as long as the Collector runs. */
const ask =
  <Question extends keyof Reader>(question: Question) =>
  (...args: Parameters<Reader[Question]>): ReturnType<Reader[Question]> =>
    new Promise((resolve, reject) => {
      // Deaf to Ctrl-C, which the parent answers.
      const child = spawn(process.execPath, [PROCESS, question, JSON.stringify(args)], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
      const printed = { stdout: "", stderr: "" };
      for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (chunk: string) => (printed[name] += chunk));
      child.once("error", reject);
      child.once("close", (code, signal) => {
        if (code === 0) resolve(JSON.parse(printed.stdout) as never);
        else reject(code === 2 ? new CannotRun(printed.stderr) : new Error(printed.stderr || `the reader of files ended with ${code ?? signal}`));
      });
    }) as ReturnType<Reader[Question]>;

export const reader: Reader = { components: ask("components"), files: ask("files"), take: ask("take"), lastGood: ask("lastGood") };
