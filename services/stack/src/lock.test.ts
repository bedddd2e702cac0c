import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { awaitLock, type Holder, type Lock, takeLock } from "./lock.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const held = (result: Lock | Holder): Lock => {
  if (!("release" in result)) throw new Error(`held by ${result.pid}`);
  return result;
};

async function deadPid(): Promise<number> {
  const child = spawn("true");
  await new Promise((resolve) => child.once("exit", resolve));
  return child.pid ?? 0;
}

test("a living holder is named; after its release the lock is free and no file is left", () => {
  const lock = held(takeLock(file));
  expect(takeLock(file)).toMatchObject({ pid: process.pid });
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock of a dead process is taken over", async () => {
  writeFileSync(file, JSON.stringify({ pid: await deadPid() }));
  held(takeLock(file));
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test("a process that got the dead holder's id later does not hold it", () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: "1" }));
  expect(() => held(takeLock(file))).not.toThrow();
});

test("a damaged lock file is taken over", () => {
  writeFileSync(file, "{");
  expect(() => held(takeLock(file))).not.toThrow();
});

test("while the dead holder's helper still cleans up, the lock is not free", async () => {
  const helper = spawn("sleep", ["60"]);
  writeFileSync(file, JSON.stringify({ pid: await deadPid(), helper: helper.pid }));
  expect(takeLock(file)).toMatchObject({ helper: helper.pid });
  let heard = 0;
  const waiting = awaitLock(file, () => heard++);
  helper.kill("SIGKILL");
  (await waiting).release();
  expect(heard).toBe(1);
  expect(existsSync(file)).toBe(false);
});
