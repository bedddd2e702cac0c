/**
 * Sentry's envelope: lines of JSON headers and payloads (develop.sentry.dev, envelopes). `length` counts bytes.
 * https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 */
export interface EnvelopeItem {
  type: "event" | "transaction" | "span" | "session" | "sessions" | "client_report";
  payload: Buffer;
  /** Only for items that hold several things, as `span` does. */
  itemCount?: number;
  /** `application/json` when absent. */
  contentType?: string;
}

export function buildEnvelope(headers: Record<string, unknown>, items: readonly EnvelopeItem[]): Buffer {
  const parts: Buffer[] = [Buffer.from(JSON.stringify(headers))];
  for (const { type, payload, itemCount, contentType = "application/json" } of items) {
    parts.push(Buffer.from(`\n${JSON.stringify({ type, length: payload.length, item_count: itemCount, content_type: contentType })}\n`), payload);
  }
  return Buffer.concat([...parts, Buffer.from("\n")]);
}
