import { useState } from "react";
import type { InboxItem } from "../../inbox.ts";
import type { RawMail } from "../../receivers/mail.ts";
import { readEvent } from "../../sentry/event.ts";
import { EventDetail } from "../issues/event-detail.tsx";
import { Link } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import { LevelBadge } from "../ui/level.tsx";
import { Problem } from "../ui/notice.tsx";
import { RawJson } from "../ui/raw-json.tsx";
import { useJson } from "../use-json.ts";
import { EmailMessage } from "./email-message.tsx";
import { KIND_NAMES } from "./inbox-row.tsx";
import { PagerdutyEvent } from "./pagerduty-event.tsx";
import { SlackMessage } from "./slack-message.tsx";

/** One message as its reader would see it, or as it arrived. */
export function InboxDetail({ id, back }: { id: string; back: string }) {
  const { data: item, error } = useJson<InboxItem>(`/api/inbox/${encodeURIComponent(id)}`);
  const [raw, setRaw] = useState(false);
  return (
    <article aria-busy={!item && !error}>
      <Link to={back} className="back-link"><Icon name="back" />Inbox</Link>
      {error && <Problem>{error}</Problem>}
      {item && (
        <>
          <header className="detail-head">
            <div className="detail-meta">
              <LevelBadge level={item.level} />
              <span>{KIND_NAMES[item.kind]} · {item.to}</span>
              <time dateTime={item.time}>{new Date(item.time).toLocaleString()}</time>
            </div>
            <h2>{item.title}</h2>
            <div className="detail-actions">
              {item.href && <Link to={item.href} className="button">Open issue</Link>}
              <button type="button" className="button" aria-pressed={raw} onClick={() => setRaw(!raw)}>Raw JSON</button>
            </div>
          </header>
          {raw ? <RawJson value={item.raw} /> : <Rendered item={item} />}
        </>
      )}
    </article>
  );
}

function Rendered({ item }: { item: InboxItem }) {
  const raw = item.raw as Record<string, unknown>;
  if (item.kind === "slack") return <SlackMessage message={raw} time={item.time} />;
  if (item.kind === "pagerduty") return <PagerdutyEvent event={raw} />;
  if (item.kind === "email") return <EmailMessage mail={item.raw as RawMail} />;
  return <EventDetail event={readEvent(raw)} />;
}
