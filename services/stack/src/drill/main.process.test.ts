import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "drill-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function drill(...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => {
    execFile(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }));
  });
}

test.each([
  [["HighErorRate"], 2, "Did you mean HighErrorRate?"],
  [[], 2, "missing required argument 'alert'. Add --help"],
  [["toString"], 2, "there is no drill for toString. There are: ServiceDown, "],
  [["HighLatency", "--fault", "database"], 2, "HighLatency is not caused by --fault database; there is: latency"],
  [["HighLatency", "--timeout", "soon"], 2, "--timeout soon is no number"],
  [["HighLatency", "--data", join(folder, "none")], 1, "Run `npm start` in another terminal, or name its folder with --data"],
] as const)("%j ends with %i and says what to do", async (args, code, words) => {
  expect(await drill(...args)).toMatchObject({ code, text: expect.stringContaining(words) });
});

test("a state without parts, and a stack that was killed and left its state, are one line", async () => {
  const data = mkdtempSync(join(folder, "left-"));
  mkdirSync(join(data, "run"));
  const state = join(data, "run/state.json");
  writeFileSync(state, "{}");
  expect(await drill("HighErrorRate", "--data", data)).toEqual({ code: 1, text: expect.stringMatching(/^error: no stack runs in .* names no parts.*Run `npm start`.*\n$/) });
  const ready = ["backend", "prometheus", "alertmanager", "console"].map((name) => ({ name, state: "ready", url: "http://127.0.0.1:1/" }));
  writeFileSync(state, JSON.stringify({ parts: ready }));
  expect(await drill("HighErrorRate", "--data", data)).toEqual({ code: 1, text: expect.stringMatching(/^error: the backend at .* does not answer .*Start it again with `npm start`\.\n$/) });
});

test("a stack without a part that is needed is refused by its name", async () => {
  mkdirSync(join(folder, "run"));
  writeFileSync(join(folder, "run/state.json"), JSON.stringify({ parts: [{ name: "backend", state: "ready", url: "http://127.0.0.1:1/health" }] }));
  expect(await drill("HighErrorRate", "--data", folder)).toMatchObject({ code: 1, text: expect.stringContaining("prometheus is no part of the stack") });
});
