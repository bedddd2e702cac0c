import type { RequestHandler } from "express";
import { z } from "zod";
import type { Assistant } from "../assistant/assistant.ts";
import { route } from "../error-answers.ts";
import { parseBody } from "../input.ts";
import type { Telemetry } from "../telemetry.ts";

const message = z.object({ role: z.enum(["user", "assistant"]), content: z.string().trim().min(1).max(20_000) });
const body = z.object({
  messages: z.array(message).min(1).max(50).refine((messages) => messages.at(-1)?.role === "user", "the last message must be the user's"),
});

/** `POST /api/assistant/messages`: the next message of a conversation, which the client keeps. */
export function askAssistant({ assistant, telemetry }: { assistant: Assistant; telemetry: Telemetry }): RequestHandler {
  return route(async (req, res) => {
    const { messages } = parseBody(req, body);
    telemetry.featureUsage.add(1, { feature: "assistant" });
    const { content, usage } = await assistant.answer(messages);
    res.json({ message: { role: "assistant", content }, usage });
  });
}
