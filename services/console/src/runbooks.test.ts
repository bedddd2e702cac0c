import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLocalConsole, type LocalConsole } from "./demo/local-console.ts";
import { renderMarkdown } from "./runbooks.ts";

let local: LocalConsole;
const dir = mkdtempSync(join(tmpdir(), "runbooks-"));
beforeAll(async () => {
  writeFileSync(join(dir, "HighLatency.md"), "# HighLatency\n\n1. Look at [traces](/traces?minDurationMs=500)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n");
  writeFileSync(join(dir, "..secret.md"), "hidden");
  local = await startLocalConsole({ runbooksDir: dir });
});
afterAll(async () => {
  await local.stop();
  rmSync(dir, { recursive: true });
});

const get = async (path: string) => {
  const response = await fetch(local.url + path);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

test("a runbook is a page, the list names all, an unknown one says which there are", async () => {
  const page = await get("/runbooks/HighLatency");
  expect([page.status, page.type]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.text).toContain('<h1 id="highlatency">HighLatency</h1>');
  expect(page.text).toContain('<a href="/traces?minDurationMs=500">traces</a>');
  expect(page.text).toContain("<td>2</td>");
  const missing = await get("/runbooks/NoSuchAlert");
  expect(missing.status).toBe(404);
  expect(missing.text).toContain('<a href="/runbooks/HighLatency">');
  expect((await get("/runbooks")).text).toContain('<a href="/runbooks/HighLatency">');
});

test.each(["/runbooks/..%2f..%2fpackage", "/runbooks/%2e%2e%2fHighLatency", "/runbooks/..secret", "/runbooks/HighLatency.md", "/runbooks/<script>"])("%s leads to no file", async (path) => {
  const page = await get(path);
  expect(page.status).toBe(404);
  expect(page.text).not.toContain("<script>");
  expect(page.text).not.toContain("hidden");
});

test("raw HTML and dangerous links come out as text", () => {
  const html = renderMarkdown(
    'x <img src=x onerror=alert(1)> y\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](<java\tscript:alert(1)>) [c](data:text/html,x) ![d](javascript:1) [e](https://ok.example "t\\"x") [f](vbscript:x)\n\n`<b>`',
  );
  expect(html).not.toMatch(/<(script|img)/);
  expect(html).not.toMatch(/(href|src)="(?!https:\/\/ok\.example)/);
  expect(html).toContain('<a href="https://ok.example" rel="noreferrer">e</a>');
  expect(html).toContain("<code>&lt;b&gt;</code>");
});
