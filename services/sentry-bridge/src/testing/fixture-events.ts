import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dryRun } from "../dry-run.ts";
import type { SentryEvent } from "../event/event.ts";
import { readSettings } from "../settings.ts";

const OTLP = new URL("../../fixtures/otlp/", import.meta.url);

/** Names of the senders whose OTLP was captured (fixtures/programs/otlp/capture.sh). */
export const SENDERS = readdirSync(OTLP).toSorted();

/** Requests of a sender, by file name. */
export function requestsOf(sender: string): string[] {
  return readdirSync(new URL(`${sender}/`, OTLP))
    .filter((name) => /\.(?:pb|json)$/.test(name) && !name.startsWith("events"))
    .toSorted();
}

/** The events that one captured request makes. */
export async function eventsOf(sender: string, request: string): Promise<SentryEvent[]> {
  const events: SentryEvent[] = [];
  const path = fileURLToPath(new URL(`${sender}/${request}`, OTLP));
  await dryRun(path, readSettings({ SENTRY_DSN: "http://key@127.0.0.1:9/1" }), (line) => void events.push(JSON.parse(line) as SentryEvent));
  return events;
}
