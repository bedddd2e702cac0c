import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandboxPool } from "../sandbox/pool.ts";
import { client, listen } from "../test-support/http.ts";
import type { TestServer } from "../test-support/http.ts";
import { createStandIn, standInModel } from "./stand-in.ts";
import { replyTo } from "./stand-in-replies.ts";

let server: TestServer;
beforeAll(async () => {
  server = await listen(createStandIn(0));
});
afterAll(() => server.close());

const ask = (body: unknown) => client(server.url)("POST", "/v1/chat/completions", body);
const question = { model: "m", messages: [{ role: "user", content: "How do I sort an array?" }] };

test("answers a chat completion with usage, the same each time, and says that it is a stand-in", async () => {
  const [first, second] = [await ask(question), await ask(question)];
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ object: "chat.completion", model: "m", choices: [{ message: { role: "assistant" }, finish_reason: "stop" }], usage: { prompt_tokens: 6 } });
  expect(first.body.choices[0].message.content).toContain("stand-in");
  expect(first.body.choices).toEqual(second.body.choices);
  expect(first.body.usage.total_tokens).toBe(first.body.usage.prompt_tokens + first.body.usage.completion_tokens);
});

test("lists its model, and refuses what it cannot do in the protocol's form", async () => {
  expect((await client(server.url)("GET", "/v1/models")).body.data).toMatchObject([{ id: standInModel }]);
  expect(await ask({ ...question, stream: true })).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining("does not stream") } } });
  expect(await ask("nonsense")).toMatchObject({ status: 400 });
  expect(await ask({ ...question, pad: "x".repeat(300_000) })).toMatchObject({ status: 413 });
  expect(await client(server.url)("GET", "/v1/other")).toMatchObject({ status: 404 });
});

test("every example in its answers runs in the sandbox", async () => {
  const questions = ["endless loop hangs", "memory", "TypeError: x is not a function", "how to throw an error", "await a promise", "fibonacci", "sort", "map a list", "reverse a string", "object to json", "hello"];
  const examples = new Set(questions.map((text) => /```js\n([\s\S]*?)\n```/.exec(replyTo(text))?.[1] ?? ""));
  expect(examples.size).toBe(questions.length);
  const pool = await openSandboxPool({ sandboxPoolSize: 1, sandboxTimeoutMs: 20_000, sandboxMemoryMb: 32, sandboxQueueMax: 20, sandboxQueueWaitMs: 20_000 });
  try {
    for (const example of examples) {
      const { outcome, output } = await pool.run(example);
      expect([outcome, output.length > 0], example).toEqual(["success", true]);
    }
  } finally {
    await pool.close();
  }
});
