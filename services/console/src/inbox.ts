import { randomBytes } from "node:crypto";
import { boundedList, type BoundedList, type Bounds } from "./bounded-list.ts";

/** Where a message was meant to go. */
export type InboxKind = "sentry" | "slack" | "pagerduty" | "email";

export const INBOX_KINDS: readonly InboxKind[] = ["sentry", "slack", "pagerduty", "email"];

export type Level = "critical" | "error" | "warning" | "info" | "ok";

/** One thing that left the system, without the message itself. `time` is the arrival, ISO 8601. */
export type InboxHead = {
  id: string;
  kind: InboxKind;
  time: string;
  title: string;
  text: string;
  level: Level;
  /** Who it was for: a channel, a project, a recipient. */
  to: string;
  /** Same thread = same issue, incident or conversation; a list may show only the newest of each. */
  thread?: string;
  /** Address on this page with more about it. */
  href?: string;
};

/** What `GET /api/inbox` lists: the head and, unless `?raw=0`, the message as it arrived. */
export type InboxItem = InboxHead & { raw: unknown };

export type InboxQuery = { kind?: InboxKind | undefined; limit?: number | undefined; sinceMs?: number | undefined; raw?: boolean | undefined };

export type Inbox = {
  /** `raw` is kept as JSON. Returns the item's id. */
  add(head: Omit<InboxHead, "id" | "time">, raw: unknown): string;
  /** A JSON array, newest first. */
  list(query: InboxQuery): string;
  /** One item as JSON. */
  get(id: string): string | undefined;
  count(kind: InboxKind): number;
  clear(): void;
  /** Calls back with each new item; returns the way to stop. */
  subscribe(subscriber: InboxSubscriber): () => void;
  endStreams(): void;
};

export type InboxSubscriber = { item(head: InboxHead, json: (raw: boolean) => string): void; cleared(): void; end(): void };

/** Per kind, so that a flood of errors never pushes a page or an e-mail out. */
export const INBOX_BOUNDS: Record<InboxKind, Bounds> = {
  sentry: { maxCount: 2_000, maxBytes: 12 * 2 ** 20 },
  slack: { maxCount: 500, maxBytes: 4 * 2 ** 20 },
  pagerduty: { maxCount: 500, maxBytes: 4 * 2 ** 20 },
  email: { maxCount: 500, maxBytes: 8 * 2 ** 20 },
};

export const INBOX_DEFAULT_LIMIT = 500;
export const INBOX_MAX_LIMIT = 5_000;

/** The message is kept as JSON text outside the JavaScript heap: its length is its weight, and listing needs no parsing. */
type Kept = { seq: number; head: InboxHead; raw: Buffer };

export function createInbox(bounds = INBOX_BOUNDS, now: () => number = Date.now): Inbox {
  const lists = Object.fromEntries(INBOX_KINDS.map((kind) => [kind, boundedList<Kept>(bounds[kind])])) as Record<InboxKind, BoundedList<Kept>>;
  const subscribers = new Set<InboxSubscriber>();
  // Ids of a former run must not name other messages in this one.
  const run = randomBytes(3).toString("hex");
  let seq = 0;

  const newestFirst = (kinds: readonly InboxKind[]) => kinds.flatMap((kind) => lists[kind].values()).sort((a, b) => b.seq - a.seq);

  return {
    add(given, raw) {
      seq += 1;
      const head: InboxHead = { id: `${run}-${seq}`, time: new Date(now()).toISOString(), ...given };
      const kept: Kept = { seq, head, raw: Buffer.from(JSON.stringify(raw) ?? "null") };
      lists[head.kind].add(kept, kept.raw.length + head.title.length + head.text.length + 300);
      for (const subscriber of subscribers) subscriber.item(head, (withRaw) => toJson(kept, withRaw));
      return head.id;
    },
    list({ kind, limit = INBOX_DEFAULT_LIMIT, sinceMs, raw = true }) {
      const chosen = newestFirst(kind ? [kind] : INBOX_KINDS)
        .filter((kept) => sinceMs === undefined || Date.parse(kept.head.time) > sinceMs)
        .slice(0, limit);
      return `[${chosen.map((kept) => toJson(kept, raw)).join(",")}]`;
    },
    get(id) {
      const kept = newestFirst(INBOX_KINDS).find((each) => each.head.id === id);
      return kept && toJson(kept, true);
    },
    count: (kind) => lists[kind].count(),
    clear() {
      for (const kind of INBOX_KINDS) lists[kind].clear();
      for (const subscriber of subscribers) subscriber.cleared();
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
    endStreams() {
      for (const subscriber of subscribers) subscriber.end();
      subscribers.clear();
    },
  };
}

function toJson(kept: Kept, raw: boolean): string {
  const head = JSON.stringify(kept.head);
  return raw ? `${head.slice(0, -1)},"raw":${kept.raw.toString()}}` : head;
}
