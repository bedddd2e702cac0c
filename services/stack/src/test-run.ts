import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { components } from "./binaries/catalogue.ts";
import { obtainBinaries } from "./binaries/obtain.ts";
import { buildBundles } from "./bundles.ts";
import { obtainChromium } from "./chromium.ts";
import { obtainPythonTool, pythonTools } from "./python-tools.ts";
import { terminal } from "./terminal.ts";
import { messageOf } from "./user-error.ts";

/** `npm test`: gets what the tests need, then types, lint, and all tests. vitest comes last: its closing line counts the tests. */

const root = resolve(import.meta.dirname, "../../..");
const out = terminal();
const env: NodeJS.ProcessEnv = { ...process.env };
let failed = false;

out.line("set-up");
await attempt(async () => {
  const binaries = await obtainBinaries({ root, env, out });
  for (const { name, variable } of components.flatMap((component) => component.binaries)) if (binaries[name]) env[variable] = binaries[name];
});
await attempt(async () => await buildBundles(root, out));
await attempt(async () => {
  env["CHROMIUM"] = await obtainChromium(env, out);
  out.item("Chromium", env["CHROMIUM"]);
});
for (const tool of pythonTools) {
  await attempt(async () => {
    env[tool.variable] = await obtainPythonTool(tool, root, env, out);
    out.item(tool.name, env[tool.variable] ?? "");
  });
}

await run("types", "tsc", ["--noEmit"]);
await run("lint", "oxlint", ["--deny-warnings"]);
await run("tests", "vitest", ["run", ...process.argv.slice(2)]);
process.exit(failed ? 1 : 0);

/** A check that cannot be prepared fails with its reason; the others still run. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    out.error(messageOf(error));
    failed = true;
  }
}

async function run(title: string, command: string, args: string[]): Promise<void> {
  out.line(`\n${title}: ${command} ${args.join(" ")}`);
  const child = spawn(process.execPath, [resolve(root, "node_modules/.bin", command), ...args], { cwd: root, env, stdio: "inherit" });
  const stop = (): void => void child.kill("SIGTERM");
  process.once("SIGTERM", stop);
  const code = await new Promise<number | null>((done) => child.once("exit", done));
  process.removeListener("SIGTERM", stop);
  if (code !== 0) {
    failed = true;
    if (title !== "tests") out.error(`${title} failed (exit code ${String(code)})`);
  }
}
