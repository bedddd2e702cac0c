import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const part = new URL("..", import.meta.url).href;
const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** Builtins and files that are loaded when `pipeline run` has what it needs to serve. */
const SCRIPT = `
import { registerHooks } from "node:module";
const files = [];
registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
process.argv.push("--help");
await import("${part}main.ts");
await import("${part}run/command.ts");
console.log("\\n" + JSON.stringify([...files, ...process.moduleLoadList]));
`;

test("the parent of the Collector loads no YAML, no rules, no HTTP and no cryptography: each is megabytes for as long as the Collector runs", () => {
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", SCRIPT], { encoding: "utf8", env: { PATH: process.env["PATH"] } });
  const loaded = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as string[];
  // Without the folder of the checkout, which may have any name.
  const names = loaded.map((name) => (name.startsWith("file:") ? `/${relative(repository, fileURLToPath(name))}` : name));
  expect(names).toContain("/otel-collector/src/run/command.ts");
  expect(names.filter((name) => /\/yaml\/|\/ajv\/|\/check\/|\/cases\/|^NativeModule (https?|crypto)$|undici/.test(name))).toEqual([]);
});
