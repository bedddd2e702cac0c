import { SpanKind } from "@opentelemetry/api";
import type { Attributes } from "@opentelemetry/api";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { inSpan } from "../telemetry.ts";
import type { Telemetry } from "../telemetry.ts";

export interface AssistantOptions {
  assistantBaseUrl: string;
  assistantApiKey: string | undefined;
  assistantModel: string;
  /** For the whole answer, retry included. */
  assistantTimeoutMs: number;
}

export interface Message {
  role: "user" | "assistant";
  content: string;
}

export interface Assistant {
  /** @throws ApiError ASSISTANT_* */
  answer(messages: Message[]): Promise<{ content: string; usage: { inputTokens: number; outputTokens: number } }>;
  /** Lists the provider's models, to know that it is there. @throws ApiError ASSISTANT_* */
  check(timeout_ms: number): Promise<void>;
}

const instructions =
  "You are the assistant of HelloAgents, a platform on which people write and run JavaScript in a sandbox without network, files or modules. Answer briefly and show code.";

/** What is read of an answer; the protocol has far more, and other servers leave some of it out. */
const completion = z.object({
  model: z.string().optional(),
  choices: z.array(z.object({ message: z.object({ content: z.string().min(1) }) })).min(1),
  usage: z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).nullish(),
});

/**
 * Any server that speaks OpenAI's chat completions, through OpenAI's client. Spans and `gen_ai.client.*` metrics are
 * made here: the OpenAI instrumentation of the auto-instrumentations supports versions below 7 only, so nothing is counted twice.
 */
export function openAssistant(options: AssistantOptions, telemetry: Telemetry): Assistant {
  const client = new OpenAI({
    baseURL: options.assistantBaseUrl,
    apiKey: options.assistantApiKey ?? "none",
    timeout: options.assistantTimeoutMs,
    maxRetries: 1,
    logLevel: "off", // its warnings would print addresses and bodies
  });
  const { hostname, port, protocol } = new URL(options.assistantBaseUrl);
  const attributes: Attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai", // the protocol's; who is behind it shows in server.address
    "gen_ai.request.model": options.assistantModel,
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
  };

  return {
    answer(messages) {
      return inSpan(`chat ${options.assistantModel}`, SpanKind.CLIENT, attributes, async (span) => {
        const start = performance.now();
        const measured: Attributes = { ...attributes };
        try {
          const raw: unknown = await client.chat.completions.create(
            { model: options.assistantModel, messages: [{ role: "system", content: instructions }, ...messages], max_completion_tokens: 1_024 },
            { signal: AbortSignal.timeout(options.assistantTimeoutMs) },
          );
          const parsed = completion.safeParse(raw);
          if (!parsed.success) throw new ApiError("ASSISTANT_BAD_ANSWER", { reason: `the assistant's answer is no chat completion: ${z.prettifyError(parsed.error)}` });
          const { model, choices, usage } = parsed.data;
          if (model !== undefined) measured["gen_ai.response.model"] = model;
          if (usage) {
            telemetry.assistantTokens.record(usage.prompt_tokens, { ...measured, "gen_ai.token.type": "input" });
            telemetry.assistantTokens.record(usage.completion_tokens, { ...measured, "gen_ai.token.type": "output" });
            span.setAttributes({ "gen_ai.usage.input_tokens": usage.prompt_tokens, "gen_ai.usage.output_tokens": usage.completion_tokens });
          }
          return { content: choices[0]!.message.content, usage: { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 } };
        } catch (error) {
          const known = asApiError(error, options);
          measured["error.type"] = error instanceof APIError && error.status !== undefined ? String(error.status) : known.code;
          throw known;
        } finally {
          span.setAttributes(measured);
          telemetry.assistantDuration.record((performance.now() - start) / 1_000, measured);
        }
      });
    },
    async check(timeout_ms) {
      try {
        await client.models.list({ signal: AbortSignal.timeout(timeout_ms), maxRetries: 0 });
      } catch (error) {
        throw asApiError(error, options);
      }
    },
  };
}

/** The reason is for the log: it names the settings, never the key. */
function asApiError(error: unknown, { assistantBaseUrl, assistantTimeoutMs }: AssistantOptions): ApiError {
  if (error instanceof ApiError) return error;
  const where = `the assistant at ${assistantBaseUrl}`;
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError) {
    return new ApiError("ASSISTANT_TIMEOUT", { cause: error, reason: `${where} did not answer within ${assistantTimeoutMs} ms (settings ASSISTANT_BASE_URL, ASSISTANT_TIMEOUT_MS)` });
  }
  if (error instanceof APIConnectionError) {
    return new ApiError("ASSISTANT_UNREACHABLE", { cause: error, reason: `${where} cannot be reached (setting ASSISTANT_BASE_URL)` });
  }
  if (error instanceof APIError && error.status !== undefined) {
    return new ApiError("ASSISTANT_FAILED", { cause: error, reason: `${where} answered ${error.status} (settings ASSISTANT_API_KEY, ASSISTANT_MODEL)` });
  }
  return new ApiError("ASSISTANT_BAD_ANSWER", { cause: error, reason: `${where} answered something else than JSON` });
}
