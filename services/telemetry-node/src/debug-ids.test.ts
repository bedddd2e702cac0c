import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { debugIds } from "./debug-ids.ts";

const [one, two] = ["0a7651b9-16cd-43dd-8448-eb211c80319c", "11111111-1111-4111-8111-111111111111"];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "debug ids "));
  writeFileSync(join(folder, "main.js"), `${"x();\n".repeat(10_000)}//# debugId=${one.toUpperCase()}\n//# sourceMappingURL=main.js.map\n`);
  writeFileSync(join(folder, "module.mjs"), `//# debugId=${two}`);
  writeFileSync(join(folder, "plain.js"), "//# debugId=none\n");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("files of the frames that end with a debug id are named with it, each once", () => {
  const main = join(folder, "main.js");
  const module = join(folder, "module.mjs");
  const stack = [
    "Error: outer",
    `    at handler (${main}:1:2)`,
    `    at ${main}:3:4`,
    `    at Object.<anonymous> (${join(folder, "plain.js")}:1:2)`,
    `    at gone (${join(folder, "gone.js")}:1:2)`,
    "    at node:internal/process/task_queues:105:5",
    "    at new Promise (<anonymous>) {",
    "  [cause]: Error: inner",
    `      at async ${pathToFileURL(module).href}:5:6`,
    "}",
  ].join("\n");
  expect(debugIds(stack)).toEqual([`${one} ${main}`, `${two} ${module}`]);
});

test("a folder, a pipe, a device, a broken URL, no stack: nothing, and nothing is thrown or waited for", () => {
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(debugIds(`    at x (${folder}/pipe:1:2)`)).toBeUndefined();
  expect(debugIds(`    at x (${folder}:1:2)\n    at y (file://%zz/x.js:1:2)\n    at z (/dev/null:1:2)`)).toBeUndefined();
  expect(debugIds("")).toBeUndefined();
});

test("a file is read once, since it cannot change under a running process", () => {
  const file = join(folder, "once.js");
  writeFileSync(file, `//# debugId=${one}`);
  expect(debugIds(`    at x (${file}:1:2)`)).toEqual([`${one} ${file}`]);
  writeFileSync(file, "");
  expect(debugIds(`    at x (${file}:1:2)`)).toEqual([`${one} ${file}`]);
});
