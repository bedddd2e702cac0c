import type { Incident } from "../../receivers/incidents.ts";
import { KeyValues } from "../ui/key-values.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";

type Json = Record<string, unknown>;
const REFRESH_MS = 5_000;

/** A PagerDuty event and the incident that it opened, repeated or resolved. */
export function PagerdutyEvent({ event }: { event: Json }) {
  const { data } = useJson<Incident[]>("/api/incidents", REFRESH_MS);
  const key = String(event["dedup_key"] ?? "");
  const incident = data?.find((each) => each.dedupKey === key);
  const payload = object(event["payload"]);
  const links = Array.isArray(event["links"]) ? event["links"].map(object) : [];
  return (
    <div className="pagerduty">
      {incident && <IncidentState incident={incident} />}
      <KeyValues
        pairs={[
          ["Event", String(event["event_action"] ?? "")],
          ["Severity", payload["severity"] ? <LevelBadge key="s" level={toLevel(String(payload["severity"]))} label={String(payload["severity"])} /> : undefined],
          ["Source", text(payload["source"])],
          ["Component", text(payload["component"])],
          ["Group", text(payload["group"])],
          ["Class", text(payload["class"])],
          ["Client", isLink(event["client_url"]) ? <a key="c" href={String(event["client_url"])}>{text(event["client"]) ?? "open"}</a> : text(event["client"])],
          ["Dedup key", <code key="k" className="breakable">{key}</code>],
        ]}
      />
      {links.some((link) => isLink(link["href"])) && (
        <p className="links">{links.filter((link) => isLink(link["href"])).map((link) => <a key={String(link["href"])} href={String(link["href"])}>{text(link["text"]) ?? String(link["href"])}</a>)}</p>
      )}
      <Details details={payload["custom_details"]} />
    </div>
  );
}

const STATE_WORDS: Record<Incident["state"], string> = { triggered: "Open", acknowledged: "Acknowledged", resolved: "Resolved" };

function IncidentState({ incident }: { incident: Incident }) {
  return (
    <div className={`incident incident-${incident.state}`}>
      <strong>{STATE_WORDS[incident.state]}</strong>
      <span>
        opened <Ago iso={incident.openedAt} />
        {incident.triggers > 1 && <>, triggered {incident.triggers} times</>}
        {incident.resolvedAt && <>, resolved <Ago iso={incident.resolvedAt} /></>}
      </span>
    </div>
  );
}

function Details({ details }: { details: unknown }) {
  const entries = Object.entries(object(details)).filter(([, value]) => value !== "" && value !== null && !(Array.isArray(value) && value.length === 0));
  if (entries.length === 0) return null;
  return (
    <section aria-label="Details">
      <h3>Details</h3>
      <KeyValues pairs={entries.map(([key, value]) => [key, <Detail key={key} value={value} />])} />
    </section>
  );
}

function Detail({ value }: { value: unknown }) {
  if (isLink(value)) return <a href={String(value)}>{String(value)}</a>;
  if (typeof value === "string" || typeof value === "number") return <span className="pre-line">{String(value).trim()}</span>;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return <>{value.map((each) => <div key={each}>{each}</div>)}</>;
  return <pre>{JSON.stringify(value, null, 2)}</pre>;
}

function isLink(value: unknown): boolean {
  return typeof value === "string" && /^https?:\/\//.test(value);
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
