import { byThread } from "../inbox/threads.ts";
import { InboxRow } from "../inbox/inbox-row.tsx";
import { useInbox } from "../inbox/use-inbox.ts";
import { Link } from "../router.tsx";
import { Empty, Problem } from "../ui/notice.tsx";

const SHOWN = 7;

export function LatestInbox() {
  const { items, error } = useInbox();
  const threads = byThread(items ?? []).slice(0, SHOWN);
  return (
    <section className="card" aria-labelledby="latest-heading">
      <div className="card-head">
        <h2 id="latest-heading">Latest messages</h2>
        <Link to="/inbox">All messages</Link>
      </div>
      {error && <Problem>{error}</Problem>}
      {items?.length === 0 && <Empty icon="inbox" title="Nothing has been sent yet">Errors, Slack messages, pages and mail show up here as they leave.</Empty>}
      <ul className="rows">
        {threads.map((thread) => (
          <li key={thread.item.id}><InboxRow thread={thread} to={`/inbox/${thread.item.id}`} /></li>
        ))}
      </ul>
    </section>
  );
}
