import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

let folder = "";
let server: { port: number; child: ChildProcess };
const pools: Pool[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "helloagents-postgres-"));
  server = await start();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<{ port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "postgres.ts")], {
    env: { ...process.env, NODE_OPTIONS: "", HOST: "127.0.0.1", PORT: "0", DATA_DIR: join(folder, "data") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listening on .*:(\d+)\/postgres/.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once("exit", (code) => reject(new Error(`postgres ended with ${String(code)}`)));
  });
  return { port, child };
}

function pool(max: number): Pool {
  const made = new Pool({ host: "127.0.0.1", port: server.port, user: "postgres", database: "postgres", max });
  made.on("error", () => undefined);
  pools.push(made);
  return made;
}

test("parallel parameterised queries over several connections each get their own answer", async () => {
  const clients = pool(6);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => clients.query(n % 2 === 0 ? "select $1::int as n, pg_sleep(0)" : "select $1::text || 'x' as n", [n])));
  expect(answers.map((answer) => answer.rows[0].n)).toEqual(Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? n : `${n}x`)));
  expect(clients.totalCount).toBe(6);
});

test("a transaction is not mixed with another connection's statements", async () => {
  const clients = pool(3);
  await clients.query("create table account (id int primary key, amount int)");
  await clients.query("insert into account values (1, 100)");
  const rolledBack = await clients.connect();
  await rolledBack.query("begin");
  await rolledBack.query("update account set amount = 0 where id = $1", [1]);
  const added = clients.query("update account set amount = amount + 1 where id = $1", [1]);
  await rolledBack.query("rollback");
  rolledBack.release();
  await added;
  expect((await clients.query("select amount from account")).rows).toEqual([{ amount: 101 }]);
});

test("a client that vanishes inside a transaction leaves nothing of it and blocks nobody", async () => {
  const clients = pool(2);
  await clients.query("create table vanished (id int)");
  const client = await clients.connect();
  await client.query("begin");
  await client.query("insert into vanished values (1)");
  (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
  client.release(true);
  expect((await clients.query("select count(*)::int as n from vanished")).rows).toEqual([{ n: 0 }]);
});

test("an error stays with its query", async () => {
  const clients = pool(2);
  const answers = await Promise.allSettled([clients.query("select * from missing_table where id = $1", [1]), clients.query("select $1::int as n", [7])]);
  expect(answers).toMatchObject([{ status: "rejected", reason: { code: "42P01" } }, { status: "fulfilled", value: { rows: [{ n: 7 }] } }]);
});

test("what was committed is there after kill -9", async () => {
  const before = pool(2);
  await before.query("create table kept (id int)");
  for (let id = 0; id < 20; id++) await before.query("insert into kept values ($1)", [id]);
  await before.end().catch(() => undefined);
  pools.splice(0);
  const gone = new Promise((resolve) => server.child.once("exit", resolve));
  server.child.kill("SIGKILL");
  await gone;
  server = await start();
  expect((await pool(1).query("select count(*)::int as n from kept")).rows).toEqual([{ n: 20 }]);
});

test("a taken port ends it with one line that names the port and its setting", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const child = spawn(process.execPath, [join(import.meta.dirname, "postgres.ts")], {
    env: { ...process.env, NODE_OPTIONS: "", PORT: String(port), DATA_DIR: join(folder, "other") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  holder.close();
  expect({ code, text }).toEqual({ code: 1, text: `postgres: port ${port} is taken; set PORT to another one\n` });
});
