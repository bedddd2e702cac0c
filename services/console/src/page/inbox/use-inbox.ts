import { useEffect, useState } from "react";
import type { InboxHead } from "../../inbox.ts";
import { getJson } from "../use-json.ts";

/** `items` newest first, undefined until the first answer; `live` while new ones arrive by themselves. */
export type InboxState = { items: InboxHead[] | undefined; live: boolean; error: string | undefined };

const MAX_ITEMS = 1_000;

/** Follows the inbox: the list once per connection, then each message as it arrives. */
export function useInbox(): InboxState {
  const [state, setState] = useState<InboxState>({ items: undefined, live: false, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    const source = new EventSource("/api/inbox/stream?raw=0");
    // What arrives on the stream while the list is under way is in one of the two, often in both.
    let early: InboxHead[] | undefined;
    const load = async () => {
      early = [];
      try {
        const items = await getJson<InboxHead[]>(`/api/inbox?raw=0&limit=${MAX_ITEMS}`, abort.signal);
        setState({ items: merge(early, items), live: true, error: undefined });
        early = undefined;
      } catch (error) {
        if (!abort.signal.aborted) setState((old) => ({ ...old, live: false, error: (error as Error).message }));
      }
    };
    source.addEventListener("open", () => void load());
    // The browser connects again by itself; meanwhile the list says why it stands still.
    source.addEventListener("error", () => {
      setState((old) => ({ ...old, live: false, error: "The console does not answer: new messages are not shown until it is back." }));
    });
    source.addEventListener("item", (event) => {
      const item = JSON.parse((event as MessageEvent<string>).data) as InboxHead;
      early?.unshift(item);
      setState((old) => (old.items ? { ...old, items: merge([item], old.items) } : old));
    });
    source.addEventListener("cleared", () => setState((old) => ({ ...old, items: [] })));
    return () => {
      abort.abort();
      source.close();
    };
  }, []);
  return state;
}

function merge(newer: readonly InboxHead[], older: readonly InboxHead[]): InboxHead[] {
  const known = new Set(older.map((item) => item.id));
  return [...newer.filter((item) => !known.has(item.id)), ...older].slice(0, MAX_ITEMS);
}
