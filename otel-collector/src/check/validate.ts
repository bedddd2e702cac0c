import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCollector } from "../binary.ts";
import { type ConfigFile, type Path, type Place } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import { locate } from "../config/merge.ts";
import { withUnset } from "../config/unset.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Runs the binary's `validate` on the files; each fault gets the place of the key it names, as near as that can be told. */
export async function validateWith(collector: string, files: readonly ConfigFile[], env: Environment): Promise<{ at: Place; message: string }[]> {
  // The texts that were checked, not what may be on disk by now. Variables that are not set are another rule's business.
  const folder = temporaryFolder("check");
  try {
    const paths = files.map((_, index) => join(folder, `${index}.yaml`));
    await Promise.all(files.map(({ text }, index) => writeFile(paths[index] ?? "", text)));
    const { code, stdout, stderr } = await runCollector(collector, ["validate", ...paths.flatMap((path) => ["--config", path])], withUnset(files, env));
    if (code === 0) return [];
    return faultsIn(stderr || stdout).map(({ path, message }) => ({ at: locate(files, path), message }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes the binary's report apart: which key, what is wrong. */
export function faultsIn(output: string): { path: Path; message: string }[] {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  // Its logger writes lines that begin with a time; they are no faults.
  const text = lines.filter((line) => !/^\d{4}-\d\d-\d\dT/.test(line));
  const faults: { path: Path; message: string }[] = [];
  let path: (string | number)[] = [];
  for (const line of text) {
    const rest = line.replace(/^Error: /, "").replace(/^(failed to get config: |cannot unmarshal the configuration: |invalid configuration: )+/, "");
    // `service::pipelines::traces: references ...`
    const keyed = /^([a-z_]+(?:::[^:\s]+(?:\[\d+\])?)+): (.*)$/.exec(rest);
    // `'receivers' error reading configuration for "otlp": ...`, then one level deeper on the following lines.
    const section = /^'([^']*)' (?:error reading configuration for "([^"]+)": )?(.*)$/.exec(rest);
    if (keyed) {
      faults.push({ path: (keyed[1] ?? "").split("::").map(index), message: `${keyed[1]}: ${keyed[2]}` });
    } else if (section) {
      const isTop = /^(receivers|processors|exporters|connectors|extensions|service)$/.test(section[1] ?? "");
      // A capital letter: the name of a Go type, not a key.
      const own = /[A-Z]/.test(section[1] ?? "") ? [] : (section[1] ?? "").split(".").filter((key) => key !== "");
      path = isTop ? own : [...path, ...own];
      if (section[2] !== undefined) path.push(section[2]);
      const message = section[3] ?? "";
      if (!message.startsWith("decoding failed due to")) {
        const id = /unknown type: ".*?" for id: "([^"]+)"/.exec(message)?.[1] ?? /invalid keys: ([^,\s]+)/.exec(message)?.[1];
        faults.push({ path: id === undefined ? [...path] : [...path, id], message: [...path, message].join(": ") });
      }
    } else if (!rest.startsWith("decoding failed due to")) {
      faults.push({ path: [], message: rest });
    }
  }
  return faults.length > 0 ? faults : [{ path: [], message: output.trim().slice(0, 500) || "validate ended without a message." }];
}

const index = (key: string): string | number => (/^\d+$/.test(key) ? Number(key) : key);
