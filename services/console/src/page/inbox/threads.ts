import type { InboxHead } from "../../inbox.ts";

/** The newest message of a thread and how many there are; a message without thread stands alone. */
export type Thread = { item: InboxHead; count: number };

/** From newest-first messages, newest-first threads. */
export function byThread(items: readonly InboxHead[]): Thread[] {
  const threads = new Map<string, Thread>();
  for (const item of items) {
    const key = item.thread ?? item.id;
    const known = threads.get(key);
    if (known) known.count += 1;
    else threads.set(key, { item, count: 1 });
  }
  return [...threads.values()];
}
