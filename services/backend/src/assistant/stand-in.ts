import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { replyTo } from "./stand-in-replies.ts";

export const standInModel = "helloagents-stand-in";

const body_bytes = 256 * 1_024;
const request = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  stream: z.literal(false, { error: "this stand-in does not stream" }).optional(),
});

/**
 * The part of OpenAI's HTTP interface that the backend uses (`POST /v1/chat/completions`, `GET /v1/models`), without a
 * model: the same question always gets the same answer after the same 0.02 to 0.12 s, and every answer says what it is.
 */
export function createStandIn(pace = 1): RequestListener {
  return async (req, res) => {
    try {
      const path = req.url?.split("?")[0];
      if (path === "/health") return send(res, 200, { status: "ok" });
      if (path === "/v1/models" && req.method === "GET") {
        return send(res, 200, { object: "list", data: [{ id: standInModel, object: "model", created: 0, owned_by: "helloagents" }] });
      }
      if (path === "/v1/chat/completions" && req.method === "POST") return await complete(req, res, pace);
      return send(res, 404, failure(`the assistant's stand-in has no ${req.method} ${path}`));
    } catch (error) {
      return send(res, 500, failure(error instanceof Error ? error.message : String(error)));
    }
  };
}

async function complete(req: IncomingMessage, res: ServerResponse, pace: number): Promise<void> {
  if (Number(req.headers["content-length"] ?? body_bytes + 1) > body_bytes) return send(res, 413, failure(`send Content-Length; at most ${body_bytes} bytes are read`));
  const parsed = request.safeParse(await json(req).catch(() => undefined));
  if (!parsed.success) return send(res, 400, failure(z.prettifyError(parsed.error)));
  const { messages, model } = parsed.data;
  const question = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const digest = createHash("sha256").update(messages.map(({ content }) => content).join("\n")).digest();
  await sleep((20 + (100 * digest.readUInt16BE(0)) / 65_536) * pace);

  const content = replyTo(question);
  const usage = { prompt_tokens: tokens(messages.map((message) => message.content).join(" ")), completion_tokens: tokens(content) };
  send(res, 200, {
    id: `chatcmpl-${digest.toString("hex", 0, 12)}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1_000),
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  });
}

/** The usual rule of thumb for English: four characters a token. */
function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

function failure(message: string): object {
  return { error: { message, type: "invalid_request_error", param: null, code: null } };
}

function send(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
