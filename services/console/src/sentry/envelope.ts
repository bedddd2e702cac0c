/**
 * Sentry's envelope: one JSON header line, then items, each a JSON header line and a payload that ends after `length`
 * bytes or, without `length`, at the next newline.
 * Source: Sentry's developer docs, "Envelopes", sections Serialization Format and Parsing.
 */

export type Envelope = { header: Record<string, unknown>; items: EnvelopeItem[] };

/** `payload` is a view into the body: copy what is to be kept. */
export type EnvelopeItem = { type: string; header: Record<string, unknown>; payload: Buffer };

/** The bytes are no envelope; the message says at which byte and why. */
export class EnvelopeError extends Error {}

/** More than any SDK sends; keeps a crafted body of empty items cheap. */
export const MAX_ITEMS = 1_000;

const NEWLINE = 0x0a;

/** Throws {@link EnvelopeError}. Items of types that are not known here are returned like any other. */
export function parseEnvelope(body: Buffer): Envelope {
  if (body.length === 0) throw new EnvelopeError("the envelope is empty");
  const first = headerLine(body, 0, "the envelope's header");
  const items: EnvelopeItem[] = [];
  let at = first.next;
  while (at < body.length) {
    // Envelopes may end with newlines; some SDKs put one more between items.
    if (body[at] === NEWLINE) {
      at += 1;
      continue;
    }
    if (items.length === MAX_ITEMS) throw new EnvelopeError(`the envelope has more than ${MAX_ITEMS} items`);
    const { value: header, next } = headerLine(body, at, `the header of item ${items.length + 1}`);
    if (typeof header["type"] !== "string") throw new EnvelopeError(`the header of item ${items.length + 1} (byte ${at}) has no type`);
    const end = payloadEnd(body, next, header["length"], items.length + 1);
    items.push({ type: header["type"], header, payload: body.subarray(next, end) });
    at = end + 1;
  }
  return { header: first.value, items };
}

function payloadEnd(body: Buffer, start: number, length: unknown, number: number): number {
  if (length === undefined || length === null) {
    const newline = body.indexOf(NEWLINE, start);
    return newline < 0 ? body.length : newline;
  }
  if (typeof length !== "number" || !Number.isInteger(length) || length < 0) {
    throw new EnvelopeError(`item ${number} has a length that is no count of bytes: ${JSON.stringify(length)}`);
  }
  const end = start + length;
  if (end > body.length) throw new EnvelopeError(`item ${number} says ${length} bytes, only ${Math.max(0, body.length - start)} are there`);
  if (end < body.length && body[end] !== NEWLINE) throw new EnvelopeError(`item ${number} does not end after its ${length} bytes with a newline`);
  return end;
}

function headerLine(body: Buffer, at: number, what: string): { value: Record<string, unknown>; next: number } {
  const newline = body.indexOf(NEWLINE, at);
  const end = newline < 0 ? body.length : newline;
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8", at, end));
  } catch (error) {
    throw new EnvelopeError(`${what} (byte ${at}) is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new EnvelopeError(`${what} (byte ${at}) is not a JSON object`);
  return { value: value as Record<string, unknown>, next: Math.min(end + 1, body.length) };
}
