import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Part, PartStatus } from "./part-runner.ts";
import { isAlive } from "./process-info.ts";
import { supervise, type Supervisor } from "./supervisor.ts";
import { terminal } from "./terminal.ts";

let folder = "";
let supervisor: Supervisor | undefined;
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-supervisor-"));
  said = [];
});
afterEach(async () => {
  supervisor?.kill();
  await supervisor?.stop();
  rmSync(folder, { recursive: true });
});

const server = `require("net").createServer().listen({ port: 0, host: "127.0.0.1" });`;

/** A part that runs a script in Node. */
function part(name: string, script: string, more: Partial<Part> = {}): Part {
  return { name, command: process.execPath, args: ["-e", script], cwd: folder, env: { ...process.env, NODE_OPTIONS: "" }, ready: { port: 1 }, needs: [], sendsTo: [], ...more };
}

const listening = (port: number): string => `require("http").createServer((q, s) => s.end("ok")).listen(${port}, "127.0.0.1");`;

/** Below 32768, where Linux begins to give ports to whoever asks for any: nobody else is given it before the part has taken it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const holder = createServer().listen(port, "127.0.0.1");
    const isFree = await once(holder, "listening").then(() => true, () => false);
    await new Promise((resolve) => holder.close(resolve));
    if (isFree) return port;
  }
}

const say = (text = ""): void => void said.push(text);

function run(parts: Part[], onChange: (statuses: PartStatus[]) => void = () => undefined): Supervisor {
  const reaper = { pid: 0, add: () => undefined, remove: () => undefined };
  supervisor = supervise(parts, { logs: join(folder, "logs"), reaper, out: { ...terminal(), line: say, warn: say }, onChange });
  return supervisor;
}

/** Kills the first part; returns its process id. */
function kill(stack: Supervisor): number {
  const pid = stack.statuses()[0]?.pid;
  if (pid === undefined) throw new Error("the part does not run");
  process.kill(pid, "SIGKILL");
  return pid;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen; said:\n${said.join("\n")}`);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

test("a part starts after what it needs is ready, and those that send data end before those that take it", async () => {
  const [a, b] = [await freePort(), await freePort()];
  const log = join(folder, "order");
  const noting = (name: string, port: number): string =>
    `const fs = require("fs"); fs.appendFileSync(${JSON.stringify(log)}, "+${name} "); process.on("SIGTERM", () => { fs.appendFileSync(${JSON.stringify(log)}, "-${name} "); process.exit(0); }); setTimeout(() => {${listening(port)}}, 200);`;
  const stack = run([
    part("sender", noting("sender", a), { ready: { url: `http://127.0.0.1:${a}/` }, needs: ["taker"], sendsTo: ["taker"] }),
    part("taker", noting("taker", b), { ready: { port: b } }),
  ]);
  expect(await stack.started).toBe(true);
  expect(stack.statuses()).toMatchObject([{ name: "sender", state: "ready", url: `http://127.0.0.1:${a}/` }, { name: "taker", state: "ready" }]);
  await stack.stop();
  expect(readFileSync(log, "utf8")).toBe("+taker +sender -sender -taker ");
  expect(stack.statuses().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
});

test("what dies is started again, and the terminal says so with the words of its log", async () => {
  const port = await freePort();
  const stack = run([part("web", `console.error("TypeError: no such luck"); ${listening(port)}`, { ready: { port } })]);
  await stack.started;
  const pid = kill(stack);
  await until("the restart", () => stack.statuses()[0]?.restarts === 1 && stack.statuses()[0]?.state === "ready");
  expect(stack.statuses()[0]?.pid).not.toBe(pid);
  expect(said.join("\n")).toMatch(/web ended \(SIGKILL\), starts again in 0\.5 s\n.*TypeError: no such luck/);
});

test("children of a part that dies do not stay", async () => {
  const port = await freePort();
  const note = join(folder, "grandchild");
  const stack = run([part("family", `const child = require("child_process").spawn("sleep", ["300"]); require("fs").writeFileSync(${JSON.stringify(note)}, String(child.pid)); ${listening(port)}`, { ready: { port } })]);
  await stack.started;
  const grandchild = Number(readFileSync(note, "utf8"));
  expect(isAlive(grandchild)).toBe(true);
  kill(stack);
  await until("the end of the grandchild", () => !isAlive(grandchild));
});

test("after crashes in a row the repair is asked with this run's log, and its words are said", async () => {
  const port = await freePort();
  const flag = join(folder, "damaged");
  writeFileSync(flag, "");
  const logs: string[] = [];
  const stack = run([
    part("queue", `if (require("fs").existsSync(${JSON.stringify(flag)})) { console.error("damaged " + process.pid); process.exit(2); } ${listening(port)}`, {
      ready: { port },
      repair: (log) => {
        logs.push(log);
        rmSync(flag);
        return "queue: the damaged file is moved aside";
      },
    }),
  ]);
  expect(await stack.started).toBe(true);
  expect(logs).toHaveLength(1);
  expect(logs[0]?.match(/damaged \d+/g)).toHaveLength(1);
  expect(said).toContain("queue: the damaged file is moved aside");
  expect(existsSync(flag)).toBe(false);
});

test("a program that is missing is a part that fails, not an exception", async () => {
  const stack = run([part("missing", "", { command: join(folder, "no-such-program") }), part("idle", server, { ready: { port: 1 } })]);
  await until("the restart", () => (stack.statuses()[0]?.restarts ?? 0) > 0);
  expect(said.join("\n")).toMatch(/missing ended \(.*ENOENT\)/);
});
