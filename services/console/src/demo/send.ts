import { createTransport } from "nodemailer";
import { databaseEvent, envelope, pageEvent, sandboxEvent } from "./events.ts";
import { mail, pagerdutyTrigger, slackFiring, slackResolved } from "./notifications.ts";
import { assistantTrace, projectTrace } from "./traces.ts";

export const FAILED_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Sends a console one of everything, some of it often, as the real senders would. `smtpPort` is on 127.0.0.1. */
export async function sendDemo(consoleUrl: string, smtpPort: number, nowMs = Date.now()): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const packed = Buffer.isBuffer(body);
    const headers: Record<string, string> = packed ? { "content-type": "application/x-sentry-envelope", "content-encoding": "gzip" } : { "content-type": "application/json" };
    const response = await fetch(consoleUrl + path, { method: "POST", headers, body: packed ? new Uint8Array(body) : JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };

  for (let i = 0; i < 14; i += 1) {
    const traceId = i === 0 ? FAILED_TRACE_ID : hex(0x9a + i, 32);
    await post("/v1/traces", i % 3 === 0 ? projectTrace(traceId, nowMs - i * 21_000, i % 6 === 0) : assistantTrace(traceId, nowMs - i * 21_000, 180 + 137 * i));
  }
  for (let i = 0; i < 9; i += 1) await post("/api/1/envelope/", envelope(databaseEvent(nowMs - i * 9_000, hex(1000 + i, 32), i === 8 ? FAILED_TRACE_ID : hex(700 + i, 32), `u-${1840 + (i % 3)}`)));
  await post("/api/1/envelope/", envelope(sandboxEvent(nowMs - 70_000, hex(2000, 32), hex(0x9b, 32))));
  await post("/slack/services/T000/B000/local", slackResolved);
  for (let i = 0; i < 3; i += 1) await post("/api/2/envelope/", envelope(pageEvent(nowMs - i * 31_000, hex(3000 + i, 32), FAILED_TRACE_ID, `u-${1840 + i}`)));
  await post("/pagerduty/v2/enqueue", pagerdutyTrigger);
  await post("/slack/services/T000/B000/local", slackFiring);
  await createTransport({ host: "127.0.0.1", port: smtpPort, secure: false, ignoreTLS: true }).sendMail(mail);
}

/** Ids that do not look alike and stay the same from run to run. */
function hex(seed: number, length: number): string {
  let text = "";
  for (let n = seed; text.length < length; n = (n * 1_103_515_245 + 12_345) % 2_147_483_648) text += n.toString(16);
  return text.slice(0, length);
}
