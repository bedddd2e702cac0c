import type { InboxKind, InboxHead } from "../../inbox.ts";
import { Link } from "../router.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Ago } from "../ui/time.tsx";
import type { Thread } from "./threads.ts";

export const KIND_NAMES: Record<InboxKind, string> = { sentry: "Sentry", slack: "Slack", pagerduty: "PagerDuty", email: "E-mail" };
const KIND_ICONS: Record<InboxKind, IconName> = { sentry: "bug", slack: "chat", pagerduty: "phone", email: "mail" };
const LEVEL_WORDS: Record<InboxHead["level"], string> = { critical: "critical", error: "error", warning: "warning", info: "info", ok: "resolved" };

/** A message in a list: its kind and level as a sign, for whom it was, what it says. */
export function InboxRow({ thread: { item, count }, to, current }: { thread: Thread; to: string; current?: boolean }) {
  return (
    <Link to={to} className="inbox-row" aria-current={current ? "true" : undefined}>
      <span className={`kind-sign level-${item.level}`}><Icon name={KIND_ICONS[item.kind]} /></span>
      <span className="inbox-row-main">
        <span className="inbox-row-meta">
          <span>{KIND_NAMES[item.kind]} · {item.to}</span>
          <Ago iso={item.time} />
        </span>
        <span className="inbox-row-title">
          {item.title}
          {count > 1 && <span className="times" title={`${count} messages`}>×{count}</span>}
        </span>
        <span className="inbox-row-text"><span className="visually-hidden">{LEVEL_WORDS[item.level]}. </span>{item.text}</span>
      </span>
    </Link>
  );
}
