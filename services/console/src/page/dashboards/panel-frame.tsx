import { lazy, memo, Suspense, useEffect, useRef, useState, type ComponentType, type CSSProperties } from "react";
import { Link } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Mark } from "./annotations.tsx";
import { BarGauge } from "./bar-gauge.tsx";
import { Gauge } from "./gauge.tsx";
import { Heatmap } from "./heatmap.tsx";
import type { Panel } from "./model.ts";
import type { Asked } from "./series.ts";
import { Stat } from "./stat.tsx";
import { Table } from "./table.tsx";
import { TimeSeries } from "./time-series.tsx";
import { linkRange } from "./time-range.ts";
import { usePanel, type Context, type PanelData } from "./use-panel.ts";
import { fillLink } from "./variables.ts";

/** What every kind of panel is given. `onZoom` takes a range that was drawn on it, in seconds since 1970. */
export type PanelProps = { panel: Panel; asked: Asked[]; range: PanelData["range"]; exemplars: PanelData["exemplars"]; marks: readonly Mark[]; context: Context; onZoom(startS: number, endS: number): void };

const Words = lazy(async () => ({ default: (await import("./words.tsx")).Words }));

const kinds: Record<string, ComponentType<PanelProps>> = { timeseries: TimeSeries, stat: Stat, gauge: Gauge, bargauge: BarGauge, table: Table, heatmap: Heatmap };

type Props = { panel: Panel; context: Context; marks: readonly Mark[]; onZoom(startS: number, endS: number): void };

/** Title, description, links and state of a panel around what it shows. Panels far below the window wait until they come near. */
export const PanelFrame = memo(function PanelFrame({ panel, context, marks, onZoom }: Props) {
  const [frame, near] = useNear<HTMLElement>();
  const { asked, exemplars, error, range } = usePanel(panel, context, near === true);
  const Kind = kinds[panel.type];
  const id = `panel-${panel.id}`;
  const waiting = !asked && !error && (panel.targets?.length ?? 0) > 0;
  return (
    <section ref={frame} className={`card panel panel-${panel.type}`} style={place(panel)} aria-labelledby={id} aria-busy={waiting && near !== false}>
      <header className="panel-head">
        <h3 id={id}>{panel.title}</h3>
        {error && asked && <span className="panel-problem" title={error}><Icon name="issue" /><span className="visually-hidden">{error}</span></span>}
        {(panel.description || (panel.links?.length ?? 0) > 0) && <About panel={panel} context={context} />}
      </header>
      {waiting && <p className="panel-empty panel-waiting">Waiting for Prometheus</p>}
      {error && !asked && <p className="panel-empty">{error}</p>}
      {panel.type === "text" && <Suspense><Words text={panel.options?.content ?? ""} /></Suspense>}
      {asked && Kind && <Kind panel={panel} asked={asked} range={range} exemplars={exemplars} marks={marks} context={context} onZoom={onZoom} />}
      {!Kind && panel.type !== "text" && <p className="panel-empty">The console does not draw panels of the kind {panel.type}; Grafana does.</p>}
    </section>
  );
});

/** Grafana's grid: 24 columns, rows of about 30 px. */
export function place({ gridPos = { x: 0, y: 0, w: 24, h: 8 } }: Panel): CSSProperties {
  return { gridColumn: `${gridPos.x + 1} / span ${gridPos.w}`, gridRow: `${gridPos.y + 1} / span ${gridPos.h}` };
}

function About({ panel, context }: { panel: Panel; context: Context }) {
  const more = linkRange(context.span);
  return (
    <details className="panel-about">
      <summary aria-label={`About ${panel.title}`}><Icon name="info" /></summary>
      <div className="panel-about-text">
        <p>{panel.description}</p>
        {(panel.links?.length ?? 0) > 0 && <ul>{panel.links?.map(({ title, url = "" }) => <li key={title}><Reference to={fillLink(url, context.values, more)}>{title}</Reference></li>)}</ul>}
      </div>
    </details>
  );
}

/** Runbooks are pages of their own; everything else of the console opens in place. */
function Reference({ to, children }: { to: string; children: string }) {
  return to.startsWith("/runbooks/") || !to.startsWith("/") ? <a href={to}>{children}</a> : <Link to={to}>{children}</Link>;
}

/** True once the element has been within a screen of the window; undefined until the browser has looked. */
function useNear<E extends HTMLElement>(): [React.RefObject<E | null>, boolean | undefined] {
  const element = useRef<E>(null);
  const [near, setNear] = useState<boolean>();
  useEffect(() => {
    if (near || !element.current) return undefined;
    const observer = new IntersectionObserver((entries) => { setNear(entries.some(({ isIntersecting }) => isIntersecting)); }, { rootMargin: "100% 0px" });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [near]);
  return [element, near];
}
