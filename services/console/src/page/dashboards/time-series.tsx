import { useMemo, useState } from "react";
import { Link } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import { gridTimes, linesOf, stacked, type Line } from "./lines.ts";
import type { Threshold } from "./model.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { Plot } from "./plot.tsx";
import type { Exemplar } from "./series.ts";
import { linkRange } from "./time-range.ts";
import { withUnit } from "./units.ts";
import { fillLink } from "./variables.ts";

const MOST_LINKS = 5;

const NO_LIMITS: readonly Threshold[] = [];

/** Lines over time with a legend that hides and shows them. */
export function TimeSeries({ panel, asked, range, exemplars, marks, context, onZoom }: PanelProps) {
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const { custom = {} } = defaults;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const all = useMemo(() => linesOf(panel, asked, range), [panel, asked, range]);
  const times = useMemo(() => gridTimes(range), [range]);
  const stacks = custom.stacking?.mode === "normal";
  const [lines, drawn] = useMemo(() => {
    const shown = all.filter(({ name }) => !hidden.has(name));
    return [shown, stacks ? stacked(shown) : shown.map(({ values }) => values)];
  }, [all, hidden, stacks]);
  if (all.length === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;

  const toggle = (name: string) => setHidden((old) => (old.has(name) ? new Set([...old].filter((each) => each !== name)) : new Set([...old, name])));
  const linkTo = (line: Line, url: string) => fillLink(url, context.values, {
    ...linkRange(context.span),
    ...Object.fromEntries(Object.entries(line.labels).map(([label, value]) => [`__field.labels.${label}`, value])),
  });
  const limits = custom.thresholdsStyle?.mode === "dashed" ? (defaults.thresholds?.steps ?? NO_LIMITS) : NO_LIMITS;
  const valueText = (value: number | null) => withUnit(value, defaults.unit, defaults.decimals);
  const limitTexts = limits.flatMap(({ value }) => (value === null ? [] : [valueText(value)]));
  return (
    <>
      <Plot
        label={`${panel.title}: ${all.slice(0, 8).map(({ name, last }) => `${name} ${valueText(last)}`).join(", ")}${limitTexts.length > 0 ? `; limits ${limitTexts.join(", ")}` : ""}`}
        times={times} lines={lines} drawn={drawn} fill={custom.fillOpacity ?? 0} unit={defaults.unit} decimals={defaults.decimals} min={defaults.min} max={defaults.max}
        limits={limits} marks={marks} exemplars={exemplars} onZoom={onZoom}
      />
      <ul className="plot-legend">
        {all.map((line, index) => (
          <li key={index} data-name={line.name} data-last={line.last ?? ""} data-max={line.max ?? ""}>
            <button type="button" aria-pressed={!hidden.has(line.name)} title={`Show or hide ${line.name}`} onClick={() => toggle(line.name)}>
              <i style={{ background: line.colour }} />{line.name}
            </button>
            <span className="legend-value">{valueText(line.last)}</span>
            {defaults.links?.map(({ title, url = "" }) => <Link key={title} to={linkTo(line, url)} className="legend-link" title={title} aria-label={`${title}: ${line.name}`}><Icon name="external" /></Link>)}
          </li>
        ))}
        {exemplars.length > 0 && (
          <li className="legend-examples">
            Traces: {slowest(exemplars).map(({ traceId, value }) => <Link key={traceId} to={`/traces/${traceId}`} aria-label={`Trace of ${withUnit(value, defaults.unit)}`}>{withUnit(value, defaults.unit)}</Link>)}
          </li>
        )}
      </ul>
    </>
  );
}

/** The largest of them, each trace once. */
function slowest(exemplars: readonly Exemplar[]): Exemplar[] {
  const byTrace = new Map(exemplars.toSorted((a, b) => a.value - b.value).map((each) => [each.traceId, each]));
  return [...byTrace.values()].sort((a, b) => b.value - a.value).slice(0, MOST_LINKS);
}
