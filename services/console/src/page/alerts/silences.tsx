import { useState } from "react";
import type { Matcher, Silence, SilencesState } from "../../state/silences.ts";
import { Problem } from "../ui/notice.tsx";
import { Until } from "../ui/time.tsx";
import { getJson, useJson } from "../use-json.ts";

const REFRESH_MS = 3_000;

/** Silences that hold or are to come, and a way to end them. */
export function Silences() {
  const { data } = useJson<SilencesState>("/api/silences", REFRESH_MS);
  const [problem, setProblem] = useState<string>();
  if (!data || data.silences.length === 0) return null;
  const end = async (id: string) => {
    try {
      await getJson(`/api/silences/${id}`, undefined, { method: "DELETE" });
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <section className="card" aria-labelledby="silences-heading">
      <div className="card-head"><h2 id="silences-heading">Silences</h2><span className="count">{data.silences.length}</span></div>
      {problem && <Problem>{problem}</Problem>}
      <ul className="rows">{data.silences.map((silence) => <SilenceRow key={silence.id} silence={silence} onEnd={() => void end(silence.id)} />)}</ul>
    </section>
  );
}

function SilenceRow({ silence, onEnd }: { silence: Silence; onEnd(): void }) {
  const words = silence.matchers.map(inWords).join(", ");
  return (
    <li className="row">
      <div className="row-main">
        <div className="row-title">{words}</div>
        <div className="row-text">{silence.comment} · {silence.createdBy}</div>
      </div>
      <div className="row-side">
        <span>{silence.state === "pending" ? "begins" : "ends"} <Until iso={silence.state === "pending" ? silence.startsAt : silence.endsAt} /></span>
        <button type="button" className="link-button" aria-label={`End the silence of ${words}`} onClick={onEnd}>End now</button>
      </div>
    </li>
  );
}

function inWords({ name, value, isRegex, isEqual }: Matcher): string {
  const sign = isRegex ? (isEqual ? "=~" : "!~") : (isEqual ? "=" : "!=");
  return `${name}${sign}${value}`;
}
