import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The last step of the build: gives each script of a folder and its source map one id, so that an error tracker finds the map whatever
 * the address of the script. Does what `sentry-cli sourcemaps inject` does (ECMA-426, debug ids), without a program for each platform.
 * @returns file names with their ids
 */
export function injectDebugIds(folder: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    const script = join(folder, name);
    const mapFile = `${script}.map`;
    if (!name.endsWith(".js") || !existsSync(mapFile)) continue;
    const code = readFileSync(script, "utf8");
    if (code.includes("\n//# debugId=")) continue;
    const map = JSON.parse(readFileSync(mapFile, "utf8")) as { mappings: string };
    const id = uuid(code);
    ids.set(name, id);
    writeFileSync(script, `${snippet(id)}\n${code.trimEnd()}\n//# debugId=${id}\n`);
    // One line more in front: a semicolon says so. Readers know the id by either name.
    writeFileSync(mapFile, JSON.stringify({ ...map, mappings: `;${map.mappings}`, debugId: id, debug_id: id }));
  }
  return ids;
}

/** Remembers which id the running script has: the stack's first line names its address. */
function snippet(id: string): string {
  return `try{let s=new Error().stack;s&&((globalThis._sentryDebugIds??={})[s]="${id}")}catch{}`;
}

/** The same for the same content, in the form of a random UUID (RFC 9562, version 8). */
function uuid(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

if (import.meta.main) {
  for (const [name, id] of injectDebugIds(process.argv[2] ?? "dist/assets")) console.log(`${name}  debug id ${id}`);
}
