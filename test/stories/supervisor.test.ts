// `npm start` as a person meets it: one clear error for what is wrong, nothing left behind, history kept.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { gaugeRequest, send } from "../support/otlp.ts";
import { promql } from "../support/queries.ts";
import { choosePorts, repository, startStack } from "../support/stack.ts";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function bind(port: number): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return async () => {
    await new Promise((resolve) => server.close(resolve));
  };
}

test("kill -9 of the supervisor leaves no process and no lock, frees the ports, and history is there after the next start", async () => {
  const data = await mkdtemp(join(tmpdir(), "helloagents-story-"));
  const ports = await choosePorts();
  const args = ["--no-traffic", "--without", "frontend,backend,assistant"];
  try {
    const first = await startStack({ data, ports, args });
    const marker = Date.now() % 1_000_000;
    expect(await send(first.url("otlp-http"), "metrics", gaugeRequest("history", "one", "story.marker", marker))).toBe(true);
    await eventually("the marker in Prometheus", async () => (await promql(first, "last_over_time(story_marker[1h])")).some(({ value }) => value === marker));
    const pids = (await first.parts()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids.length).toBeGreaterThan(4);
    process.kill(first.pid, "SIGKILL");
    await eventually("every child to end", async () => pids.every((pid) => !alive(pid)));
    // The Collector is a child of a child.
    for (const port of Object.values(ports)) await (await eventually(`port ${port} to be free`, async () => await bind(port)))();

    const second = await startStack({ data, ports, args });
    await eventually("the marker after the restart", async () => (await promql(second, "last_over_time(story_marker[1h])")).some(({ value }) => value === marker));
    const again = (await second.parts()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(await second.stop()).toBe(0);
    expect(again.filter(alive)).toEqual([]);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

test("npm, told to end, takes the whole stack along, although it only ends its own shell", async () => {
  const stack = await startStack({ command: ["npm", "start", "--"], args: ["--no-traffic", "--only", "console,collector"] });
  const pids = (await stack.parts()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  expect(pids).toHaveLength(2);
  process.kill(stack.pid, "SIGTERM");
  await eventually("every child to end", async () => pids.every((pid) => !alive(pid)));
  await stack.stop();
});

test("what dies is restarted, and the terminal says so", async () => {
  const stack = await startStack({ args: ["--no-traffic", "--only", "console"] });
  try {
    const before = await stack.part("console");
    process.kill(before.pid ?? 0, "SIGKILL");
    await eventually("a new console", async () => {
      const part = await stack.part("console");
      return part.state === "ready" && part.pid !== before.pid && part.restarts === 1;
    });
    await eventually("the words on the terminal", async () => /console .*(ended|killed|SIGKILL)/.test(stack.output()));
    expect((await fetch(stack.url("console", "/api/inbox"))).status).toBe(200);
  } finally {
    await stack.stop();
  }
});

test("a taken port is named with its part and its setting, and nothing is started", async () => {
  const ports = await choosePorts();
  const release = await bind(ports.backend);
  try {
    const stack = await startStack({ ports, args: ["--no-traffic"], waitUntilReady: false });
    expect(await stack.exited).toBe(1);
    expect(stack.output()).toContain(String(ports.backend));
    expect(stack.output()).toContain("backend");
    expect(stack.output()).toContain("--port backend=");
    expect(stack.output()).not.toMatch(/\n\s+at .*:\d+:\d+/);
  } finally {
    await release();
  }
});

test.each([
  ["otel-collector/config", "base.yaml", "--collector-config"],
  ["monitoring", "prometheus/alerts/helloagents.yml", "--monitoring"],
  ["monitoring", "alertmanager/alertmanager.yml", "--monitoring"],
])("a broken %s/%s is one clear error that names the file", async (folder, file, option) => {
  const copy = await mkdtemp(join(tmpdir(), "helloagents-broken-"));
  try {
    await cp(join(repository, folder), copy, { recursive: true, filter: (source) => !source.includes("node_modules") });
    await writeFile(join(copy, file), `${await readFile(join(copy, file), "utf8")}\n  : [not yaml\n`);
    const stack = await startStack({ args: ["--no-traffic", option, copy], waitUntilReady: false });
    expect(await stack.exited).toBe(1);
    expect(stack.output()).toContain(file);
    expect(stack.output()).not.toMatch(/\n\s+at .*:\d+:\d+/);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

test("a typo is answered with the nearest name", async () => {
  const run = promisify(execFile);
  const failure = await run(process.execPath, ["services/stack/start.mjs", "--without", "fronted"], { cwd: repository }).catch((error: { stderr: string; stdout: string; code: number }) => error);
  expect(failure).toMatchObject({ code: 1 });
  expect(`${failure.stdout}${failure.stderr}`).toMatch(/fronted.*frontend/s);
});
