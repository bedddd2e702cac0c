/**
 * What is on its way to the Collector, per signal: encoded requests in order, kept until the Collector has taken them.
 * Bounded in bytes; when full the oldest goes. One request at a time, so a Collector that comes back is not flooded.
 */
import { gzipSync } from "node:zlib";
import { diag } from "@opentelemetry/api";
import { createAgent, post } from "./otlp-post.ts";
import type { Destination } from "./otlp-settings.ts";

const FIRST_RETRY_MS = 1_000;
/** A restarted Collector hears from us at most this long after it is back. */
const LONGEST_RETRY_MS = 10_000;

export interface Outbox {
  readonly destination: Destination;
  add(body: Uint8Array): void;
  /** While held, no new request starts: what is added waits. */
  hold(held: boolean): void;
  /** Removes and returns all that has not been taken, the one under way included. For the last flush. */
  takeAll(): Uint8Array[];
}

export function createOutbox(destination: Destination, maxBytes: number): Outbox {
  const agent = createAgent(destination);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let underWay = false;
  let retryTimer: NodeJS.Timeout | undefined;
  let failures = 0;
  let isHeld = false;

  function remove(body: Uint8Array): void {
    const index = waiting.indexOf(body);
    if (index < 0) return;
    waiting.splice(index, 1);
    bytes -= body.byteLength;
  }

  async function sendNext(): Promise<void> {
    const body = waiting[0];
    if (body === undefined || underWay || isHeld || retryTimer !== undefined) return;
    underWay = true;
    const result = await post(destination, body, agent);
    underWay = false;
    if (result.kind === "retry") {
      failures += 1;
      const backOff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.8 + 0.4 * Math.random());
      const waitMs = Math.min(60_000, Math.max(backOff, result.afterMs ?? 0));
      if (failures === 1) diag.warn(`helloagents-telemetry: ${destination.signal} not delivered to ${destination.url} (${result.reason}); kept and tried again`);
      retryTimer = setTimeout(() => {
        retryTimer = undefined;
        void sendNext();
      }, waitMs).unref();
      return;
    }
    failures = 0;
    if (result.kind === "refused") diag.error(`helloagents-telemetry: ${destination.url} refused ${body.byteLength} bytes of ${destination.signal} (${result.reason}); dropped`);
    remove(body);
    void sendNext();
  }

  return {
    destination,
    add(plain) {
      const body = destination.gzip ? gzipSync(plain) : plain;
      waiting.push(body);
      bytes += body.byteLength;
      while (bytes > maxBytes && waiting[0]) {
        diag.warn(`helloagents-telemetry: buffer of ${maxBytes} bytes for ${destination.signal} is full; the oldest request is dropped`);
        remove(waiting[0]);
      }
      void sendNext();
    },
    hold(held) {
      isHeld = held;
      void sendNext();
    },
    takeAll() {
      const all = waiting;
      waiting = [];
      bytes = 0;
      return all;
    },
  };
}
