import type { RequestListener } from "node:http";
import { onTestFinished, expect, test, vi } from "vitest";
import { listen } from "../test-support/http.ts";
import { createTelemetry } from "../telemetry.ts";
import { openAssistant } from "./assistant.ts";
import { createStandIn } from "./stand-in.ts";

async function assistantOf(handler: RequestListener, timeout_ms = 25_000) {
  const server = await listen(handler);
  onTestFinished(() => server.close());
  return openAssistant({ assistantBaseUrl: `${server.url}/v1`, assistantApiKey: "secret-key", assistantModel: "m", assistantTimeoutMs: timeout_ms }, createTelemetry());
}

const hello = [{ role: "user" as const, content: "hello" }];
const answering = (status: number, body: string, type = "application/json"): RequestListener => (_req, res) => void res.writeHead(status, { "Content-Type": type }).end(body);

test("answers with content and usage, and sends key, model and instructions", async () => {
  const seen = vi.fn<(...request: unknown[]) => void>();
  const standIn = createStandIn(0);
  const assistant = await assistantOf((req, res) => {
    seen(req.method, req.url, req.headers.authorization);
    standIn(req, res);
  });
  const { content, usage } = await assistant.answer(hello);
  expect(content).toContain("Hello, ${name}!");
  expect(usage.inputTokens).toBeGreaterThan(20); // the instructions count as well
  expect(usage.outputTokens).toBeGreaterThan(20);
  expect(seen).toHaveBeenCalledExactlyOnceWith("POST", "/v1/chat/completions", "Bearer secret-key");
  await assistant.check(1_000);
});

test.for([
  ["a failure", answering(500, '{"error":{"message":"boom"}}'), "ASSISTANT_FAILED", "answered 500"],
  ["a refused key", answering(401, '{"error":{"message":"bad secret-key"}}'), "ASSISTANT_FAILED", "ASSISTANT_API_KEY"],
  ["a page instead of JSON", answering(200, "<html>", "text/html"), "ASSISTANT_BAD_ANSWER", "no chat completion"],
  ["broken JSON", answering(200, '{"choices":['), "ASSISTANT_BAD_ANSWER", "something else than JSON"],
  ["no choices", answering(200, '{"choices":[]}'), "ASSISTANT_BAD_ANSWER", "no chat completion"],
  ["an answer without text", answering(200, '{"choices":[{"message":{"content":null}}]}'), "ASSISTANT_BAD_ANSWER", "content"],
  ["a cut connection", (req) => void req.socket.destroy(), "ASSISTANT_UNREACHABLE", "ASSISTANT_BASE_URL"],
  ["silence", () => undefined, "ASSISTANT_TIMEOUT", "ASSISTANT_TIMEOUT_MS"],
] as [string, RequestListener, string, string][])("%s is an error with a code and a reason without the key", async ([name, handler, code, reason]) => {
  const assistant = await assistantOf(handler, name === "silence" ? 100 : 25_000);
  const error = await assistant.answer(hello).catch((error: unknown) => error);
  expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
  expect((error as Error).message).not.toContain("secret-key");
});

test("one failure is tried again, no more", async () => {
  const standIn = createStandIn(0);
  let requests = 0;
  const flaky = await assistantOf((req, res) => ((requests += 1) === 1 ? answering(503, "{}")(req, res) : standIn(req, res)));
  await expect(flaky.answer(hello)).resolves.toHaveProperty("content");
  requests = 0;
  const dead = await assistantOf((req, res) => {
    requests += 1;
    answering(503, "{}")(req, res);
  });
  await expect(dead.answer(hello)).rejects.toMatchObject({ code: "ASSISTANT_FAILED" });
  expect(requests).toBe(2);
});
