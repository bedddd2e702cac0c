/**
 * Sentry's envelope: lines of JSON headers and payloads (develop.sentry.dev, envelopes). `length` counts bytes.
 * https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 */
export interface EnvelopeItem {
  type: "event" | "client_report";
  payload: Buffer;
}

export function buildEnvelope(headers: Record<string, unknown>, items: EnvelopeItem[]): Buffer {
  const parts: Buffer[] = [Buffer.from(JSON.stringify(headers))];
  for (const { type, payload } of items) {
    parts.push(Buffer.from(`\n${JSON.stringify({ type, length: payload.length, content_type: "application/json" })}\n`), payload);
  }
  return Buffer.concat([...parts, Buffer.from("\n")]);
}
