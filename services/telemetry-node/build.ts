/**
 * Writes `dist/`, the published form: CommonJS, because it is what both `--require` and `--import` start fastest with and
 * without waiting. Own files are joined; dependencies stay `require`d. The entry is plain enough for old Nodes to read
 * (they get one clear line instead of a syntax error). Files are replaced by renaming, so a running build never leaves a
 * half-written preload for a process that starts meanwhile.
 */
import { build } from "esbuild";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const here = import.meta.dirname;
const dist = join(here, "dist");

async function emit(entry: string, target: string): Promise<void> {
  const result = await build({
    entryPoints: [join(here, "src", entry)],
    outfile: join(dist, basename(entry).replace(/\.c?ts$/, ".cjs")),
    bundle: true,
    packages: "external",
    external: ["./start.cjs"],
    format: "cjs",
    platform: "node",
    target,
    write: false,
    logLevel: "warning",
  });
  for (const file of result.outputFiles) {
    const temporary = `${file.path}.${process.pid}`;
    await writeFile(temporary, file.contents);
    await rename(temporary, file.path);
  }
}

await mkdir(dist, { recursive: true });
await Promise.all([emit("register.cts", "node12"), emit("start.ts", "node22"), emit("last-flush-worker.ts", "node22")]);
