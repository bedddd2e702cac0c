import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bundles the scripts that pages load into `outdir`; files appear whole, so that a server may be reading them meanwhile. */
export async function buildBundles(outdir: string): Promise<{ file: string; bytes: number; gzipBytes: number }[]> {
  const here = import.meta.dirname;
  const { version } = JSON.parse(await readFile(join(here, "package.json"), "utf8")) as { version: string };
  const { outputFiles } = await build({
    entryPoints: { telemetry: join(here, "src/main.ts"), early: join(here, "src/early.ts") },
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome110", "firefox115", "safari16"],
    sourcemap: "linked",
    // The SDK's CommonJS copies defeat tree shaking.
    mainFields: ["module", "main"],
    define: { PACKAGE_VERSION: JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
    outdir,
    write: false,
    logLevel: "warning",
  });
  await mkdir(outdir, { recursive: true });
  for (const { path, contents } of outputFiles) {
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
    await writeFile(temporary, contents);
    await rename(temporary, path);
  }
  return outputFiles.filter(({ path }) => path.endsWith(".js")).map(({ path, contents }) => ({ file: basename(path), bytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length }));
}

if (import.meta.main) {
  for (const { file, bytes, gzipBytes } of await buildBundles(join(import.meta.dirname, "dist"))) console.log(`dist/${file}  ${bytes} B, ${gzipBytes} B gzip`);
}
