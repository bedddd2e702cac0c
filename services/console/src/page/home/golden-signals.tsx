import type { GoldenSignal, GoldenState } from "../../state/golden.ts";
import { amount, duration, share } from "../format.ts";
import { Link } from "../router.tsx";
import { Problem } from "../ui/notice.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { useJson } from "../use-json.ts";

const REFRESH_MS = 10_000;

/** Key figures of the API now, with the last half hour behind each. */
export function GoldenSignals() {
  const { data, error } = useJson<GoldenState>("/api/golden", REFRESH_MS);
  const problem = error ?? data?.problem;
  return (
    <section aria-labelledby="golden-heading" className="golden">
      <h2 id="golden-heading" className="visually-hidden">Golden signals</h2>
      {problem && <Problem>{problem} Key figures come from Prometheus; they return here once it does.</Problem>}
      <div className="stat-row">{data?.signals.map((signal) => <Stat key={signal.name} signal={signal} />)}</div>
      {data && !problem && <DownTargets state={data} />}
    </section>
  );
}

const STATE_WORDS: Record<GoldenSignal["state"], string> = { good: "fine", warning: "watch", bad: "bad", unknown: "no data yet" };

function Stat({ signal }: { signal: GoldenSignal }) {
  const [value, unit] = valueOf(signal);
  return (
    <Link to="/dashboards/helloagents-overview" className={`stat state-${signal.state}`} title={signal.query}>
      <div className="stat-head">
        <span className="stat-title">{signal.title}</span>
        {signal.state !== "good" && <span className="stat-state">{STATE_WORDS[signal.state]}</span>}
      </div>
      <div className="stat-value">
        {value}
        {unit && <span className="stat-unit">{unit}</span>}
      </div>
      <div className="stat-target">{signal.target}</div>
      <Sparkline points={signal.points} label={`${signal.title}, last 30 minutes`} />
    </Link>
  );
}

/** Value and unit apart, so that the unit can be smaller. */
function valueOf({ value, unit, of }: GoldenSignal): [string, string] {
  if (value === null) return ["–", ""];
  if (unit === "per second") return [amount(value), "/s"];
  if (unit === "of size") return [amount(value), of ? `of ${amount(of)}` : ""];
  const [number = "", word = ""] = (unit === "share" ? share(value) : duration(value * 1000)).split(" ");
  return [number, word];
}

function DownTargets({ state }: { state: GoldenState }) {
  const down = state.targets.filter((target) => target.health === "down");
  if (down.length === 0) return null;
  return (
    <Problem>
      Prometheus cannot scrape {down.map((target) => `${target.job} (${target.instance}): ${target.lastError}`).join("; ")}
    </Problem>
  );
}
