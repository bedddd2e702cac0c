import type { RequestHandler } from "express";
import type { Pool } from "pg";
import type { Assistant } from "./assistant/assistant.ts";
import type { SandboxPool } from "./sandbox/pool.ts";

export interface PartHealth {
  status: "up" | "down";
  /** Why it is down. */
  message?: string;
  checkedAt: string;
}

const check_ms = 2_000;
/** Answers are kept this long, so that asking for health costs the same however often it is done. */
const keep_ms = 1_000;
const keepAssistant_ms = 5_000;

/**
 * `GET /health`: 200 `ok`; 200 `degraded` when only the assistant is away (the rest serves on, and taking this process
 * out of service would not help); 503 `down` without database or sandbox, and while being stopped.
 */
export function health(parts: { database: Pool; sandbox: SandboxPool; assistant: Assistant; stopping(): boolean }): RequestHandler {
  const checkDatabase = kept(keep_ms, async () => {
    await parts.database.query("SELECT 1");
  });
  const checkSandbox = kept(keep_ms, async () => {
    if (parts.sandbox.alive() === 0) throw new Error("no sandbox is running");
  });
  const checkAssistant = kept(keepAssistant_ms, () => parts.assistant.check(check_ms));

  return async (_req, res) => {
    const [database, sandbox, assistant] = await Promise.all([checkDatabase(), checkSandbox(), checkAssistant()]);
    const down = parts.stopping() || database.status === "down" || sandbox.status === "down";
    const status = down ? "down" : assistant.status === "down" ? "degraded" : "ok";
    res.status(down ? 503 : 200).set("Cache-Control", "no-store").json({ status, parts: { database, sandbox, assistant } });
  };
}

/** Runs a check at most every `keep` milliseconds and at most `check_ms` long; never rejects. */
function kept(keep: number, check: () => Promise<void>): () => Promise<PartHealth> {
  let last: { at: number; health: Promise<PartHealth> } | undefined;
  return () => {
    if (last !== undefined && Date.now() - last.at < keep) return last.health;
    last = { at: Date.now(), health: bounded(check) };
    return last.health;
  };
}

async function bounded(check: () => Promise<void>): Promise<PartHealth> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${check_ms} ms`)), check_ms);
  try {
    await Promise.race([check(), late]);
    return { status: "up", checkedAt: new Date().toISOString() };
  } catch (error) {
    return { status: "down", message: textOf(error), checkedAt: new Date().toISOString() };
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return textOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
