import { useRef, useState, type KeyboardEvent } from "react";
import type { InboxHead, InboxKind } from "../../inbox.ts";
import { navigate, useLocation, withQuery } from "../router.tsx";
import { ChoiceBar } from "../ui/choice-bar.tsx";
import { Icon } from "../ui/icon.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { InboxDetail } from "./inbox-detail.tsx";
import { InboxRow, KIND_NAMES } from "./inbox-row.tsx";
import { byThread } from "./threads.ts";
import { useInbox } from "./use-inbox.ts";

const KINDS: readonly InboxKind[] = ["sentry", "slack", "pagerduty", "email"];

/** All that was sent: list and message side by side, one after the other on a phone. */
export function InboxPage({ id }: { id: string | undefined }) {
  const { items, live, error } = useInbox();
  const location = useLocation();
  const kind = KINDS.find((each) => each === location.query.get("kind"));
  const words = location.query.get("q") ?? "";
  const shown = (items ?? []).filter((item) => matches(item, kind, words.toLowerCase()));
  const empty = items !== undefined && shown.length === 0;
  const search = location.query.size > 0 ? `?${location.query}` : "";

  return (
    <div className={`page inbox ${id ? "inbox-open" : ""}`}>
      <div className="page-head">
        <h1>Inbox</h1>
        <span className={`live ${live ? "live-on" : ""}`} role="status">{live ? "live" : "not live"}</span>
        <ClearButton disabled={!items?.length} />
      </div>
      <div className="inbox-filters">
        <ChoiceBar
          label="Kind of message"
          value={kind ?? "all"}
          choices={[{ value: "all", label: "All", count: items?.length ?? 0 }, ...KINDS.map((each) => ({ value: each, label: KIND_NAMES[each], count: (items ?? []).filter((item) => item.kind === each).length }))]}
          onChange={(value) => navigate(withQuery({ path: "/inbox", query: location.query }, { kind: value === "all" ? undefined : value }))}
        />
        <input
          type="search" className="input" placeholder="Find words" aria-label="Find words in messages" value={words}
          onChange={(event) => navigate(withQuery(location, { q: event.target.value }), { replace: true })}
        />
      </div>
      {error && <Problem>{error}</Problem>}
      <div className={empty && !id ? "inbox-columns inbox-nothing" : "inbox-columns"}>
        <List items={shown} id={id} search={search} empty={empty} filtered={(items?.length ?? 0) > 0} />
        {(id || !empty) && (
          <div className="inbox-detail">
            {id ? <InboxDetail key={id} id={id} back={`/inbox${search}`} /> : <Empty icon="inbox" title="Choose a message">It is shown here as its reader would see it, and as it arrived.</Empty>}
          </div>
        )}
      </div>
    </div>
  );
}

function List({ items, id, search, empty, filtered }: { items: InboxHead[]; id: string | undefined; search: string; empty: boolean; filtered: boolean }) {
  const list = useRef<HTMLUListElement>(null);
  const threads = byThread(items);
  const open = items.find((item) => item.id === id);
  if (empty) {
    return filtered ? (
      <Empty title="No message matches">Take a filter away to see more.</Empty>
    ) : (
      <Empty icon="inbox" title="Nothing has been sent yet">
        <p>Everything that would go to Sentry, Slack, PagerDuty or by mail lands here. To make something happen:</p>
        <ul>
          <li>run code that throws in the platform's page: an error arrives within seconds</li>
          <li>stop the backend: after two minutes ServiceDown pages</li>
        </ul>
      </Empty>
    );
  }
  return (
    <ul className="inbox-list" ref={list} aria-label="Messages, newest first" onKeyDown={(event) => moveFocus(event, list.current)}>
      {threads.map((thread) => (
        <li key={thread.item.thread ?? thread.item.id}>
          <InboxRow thread={thread} to={`/inbox/${thread.item.id}${search}`} current={thread.item.id === id || (open?.thread !== undefined && open.thread === thread.item.thread)} />
        </li>
      ))}
    </ul>
  );
}

/** Arrow keys go from message to message. */
function moveFocus(event: KeyboardEvent, list: HTMLUListElement | null): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || !list) return;
  const links = [...list.querySelectorAll<HTMLAnchorElement>("a.inbox-row")];
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function ClearButton({ disabled }: { disabled: boolean }) {
  const [error, setError] = useState<string>();
  const clear = async () => {
    if (!confirm("Remove all messages from the inbox? Issues and traces stay.")) return;
    try {
      const response = await fetch("/api/inbox", { method: "DELETE" });
      setError(response.ok ? undefined : `The inbox was not cleared: the console answered ${response.status}.`);
      navigate("/inbox");
    } catch {
      setError("The inbox was not cleared: the console does not answer.");
    }
  };
  return (
    <>
      {error && <span role="alert">{error}</span>}
      <button type="button" className="button" disabled={disabled} onClick={() => void clear()}><Icon name="trash" />Clear</button>
    </>
  );
}

function matches(item: InboxHead, kind: InboxKind | undefined, words: string): boolean {
  return (kind === undefined || item.kind === kind) && (words === "" || `${item.title}\n${item.text}\n${item.to}`.toLowerCase().includes(words));
}
