import type { Part, PartsState } from "../../state/parts.ts";
import { plural } from "../format.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Problem } from "../ui/notice.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";

const REFRESH_MS = 3_000;

/** Every process of the system, as the one that started them tells. */
export function Parts() {
  const { data, error } = useJson<PartsState>("/api/parts", REFRESH_MS);
  const problem = error ?? data?.problem;
  return (
    <section className="card" aria-labelledby="parts-heading">
      <div className="card-head">
        <h2 id="parts-heading">Parts</h2>
        {data && data.parts.length > 0 && <span className="count">{data.parts.filter((part) => part.state === "ready").length} of {data.parts.length} ready</span>}
      </div>
      {problem && <Problem>{problem}</Problem>}
      <ul className="parts">{data?.parts.map((part) => <PartCard key={part.name} part={part} />)}</ul>
      {data && data.links.length > 0 && (
        <p className="links">
          {data.links.map((link) => (
            <a key={link.url} href={link.url}>{link.name}<Icon name="external" /></a>
          ))}
        </p>
      )}
    </section>
  );
}

const SIGNS: Record<Part["state"], IconName> = { starting: "refresh", ready: "check", restarting: "refresh", failed: "cross", stopped: "dot" };

function PartCard({ part }: { part: Part }) {
  return (
    <li className={`part part-${part.state}`} title={part.pid === undefined ? undefined : `process ${part.pid}`}>
      <span className="part-sign"><Icon name={SIGNS[part.state] ?? "dot"} /></span>
      <div className="part-main">
        <div className="part-name">{part.url && /^https?:/.test(part.url) ? <a href={part.url}>{part.name}</a> : part.name}</div>
        <div className="part-state">
          {part.state}{part.since && <> · <Ago iso={part.since} /></>}{part.restarts ? ` · ${plural(part.restarts, "restart")}` : ""}
        </div>
        {part.message && <div className="part-message">{part.message}</div>}
      </div>
    </li>
  );
}
