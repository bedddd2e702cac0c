import { HttpError } from "../http-error.ts";
import { MalformedError } from "./model.ts";

/**
 * How many messages (protobuf), or objects and arrays (JSON), a request may hold: each becomes an object, and a few bytes can be one. What a
 * Collector sends has one every 20 to 40 bytes and 1 MiB; a hostile 32 MiB could be sixteen million.
 */
export const MAX_PARTS = 500_000;
/** Spans, span events and log records that are kept: a thousand bytes each, and every one of them may be an exception. */
export const MAX_RECORDS = 50_000;
/** JSON nests an attribute's value up to 16 levels of three each below ten of its own; what is deeper serves no one. */
const MAX_JSON_DEPTH = 200;
/** Numbers and texts are not counted by the objects around them. */
const MAX_JSON_VALUES = 2_000_000;

/** What one request may still hold. */
export interface Allowance {
  partsLeft: number;
  recordsLeft: number;
}

export function createAllowance(): Allowance {
  return { partsLeft: MAX_PARTS, recordsLeft: MAX_RECORDS };
}

/** One part more. Throws HttpError 413. */
export function countPart(allowance: Allowance): void {
  if (--allowance.partsLeft < 0) throw tooManyParts();
}

/** So many kept records more. Throws HttpError 413. */
export function countRecords(allowance: Allowance, count: number): void {
  allowance.recordsLeft -= count;
  if (allowance.recordsLeft < 0) throw new HttpError(413, `the request has more than ${MAX_RECORDS} exceptions and spans and records beside them; send smaller batches`);
}

function tooManyParts(): HttpError {
  return new HttpError(413, `the request has more than ${MAX_PARTS} spans, records, attributes and values; send smaller batches`);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Looks over JSON before it becomes objects: `JSON.parse` itself has no bounds. Throws MalformedError, HttpError 413. */
export function checkJson(body: Buffer): void {
  let depth = 0;
  let parts = 0;
  let values = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) at = endOfText(body, at + 1);
    else if (byte === COMMA) {
      if (++values > MAX_JSON_VALUES) throw tooManyParts();
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++parts > MAX_PARTS) throw tooManyParts();
      if (++depth > MAX_JSON_DEPTH) throw new MalformedError(`JSON: nested deeper than ${MAX_JSON_DEPTH} at byte ${at}`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

/** Where the text that starts at `at` has its closing quote: one before which an even number of backslashes stands. */
function endOfText(body: Buffer, at: number): number {
  for (let quote = body.indexOf(QUOTE, at); quote >= 0; quote = body.indexOf(QUOTE, quote + 1)) {
    let escapes = 0;
    while (quote - escapes > at && body[quote - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote;
  }
  return body.length;
}
