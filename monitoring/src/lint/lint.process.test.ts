import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../files.ts";

const folder = mkdtempSync(join(tmpdir(), "lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function lint(...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => {
    execFile(process.execPath, [join(root, "src/main.ts"), "lint", ...args], { cwd: folder }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }));
  });
}

test("the project's own rules are clean, with everything checked", async () => {
  expect(await lint()).toEqual({ code: 0, text: expect.stringMatching(/^\d+ rules in \d+ files: nothing found\.\n$/) });
});

test("findings end with 1, wrong use with 2 and one line", async () => {
  writeFileSync(join(folder, "rules.yml"), "groups:\n  - name: g\n    rules:\n      - {alert: Down, expr: up == 0, for: 2m}\n");
  expect(await lint("rules.yml", "--format", "github")).toEqual({ code: 1, text: expect.stringMatching(/^::error file=rules\.yml,line=4,col=9,title=alert-without-runbook::/) });
  expect(await lint("rules.yml")).toMatchObject({ text: expect.stringContaining("Not checked: dead-recording (give --readers), rule-without-test (give --tests), unknown-label (give --metrics), unknown-metric (give --metrics).") });
  expect(await lint("rulez.yml")).toEqual({ code: 2, text: "monitoring: rulez.yml: there is no such file or folder; name rule files, or a folder that holds them\n" });
  expect(await lint("rules.yml", "--metrics", "none.yml")).toEqual({ code: 2, text: "monitoring: none.yml: there is no such file; check the path\n" });
  expect(await lint("--format", "xml")).toMatchObject({ code: 2, text: expect.stringContaining("Allowed choices are human, json, github, sarif") });
});
