import type { Request } from "express";
import { z } from "zod";
import { ApiError } from "./errors.ts";

/** Checks a body against its schema. @throws ApiError INVALID_REQUEST with one detail per field, CODE_TOO_LARGE */
export function parseBody<T>(req: Request, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(req.body ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  if (issues.length === 1 && issues[0]?.code === "too_big" && issues[0].path.join() === "code") throw new ApiError("CODE_TOO_LARGE");
  throw new ApiError("INVALID_REQUEST", { details: issues.slice(0, 20).map((issue) => ({ path: issue.path.join("."), message: issue.message })) });
}

/** PostgreSQL's text cannot hold NUL. */
const withoutNul = (text: string): boolean => !text.includes("\0");

/** A name as people type it: trimmed, 1 to `max` characters, printable. */
export const name = (max: number) => z.string().trim().min(1).max(max).refine((text) => !/\p{Cc}/u.test(text), "must not contain control characters");

export const language = z.literal("javascript", { error: 'must be "javascript"' });

export const code = z.string().max(100_000).refine(withoutNul, "must not contain NUL characters");
