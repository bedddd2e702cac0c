import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { navigate } from "../router.tsx";
import type { Mark } from "./annotations.tsx";
import { lonely, type Line } from "./lines.ts";
import type { Threshold } from "./model.ts";
import type { Exemplar } from "./series.ts";
import { timeText, withUnit } from "./units.ts";
import { useThemeTick } from "./use-theme-tick.ts";

export type PlotProps = {
  label: string;
  times: number[];
  lines: readonly Line[];
  /** What is drawn for each line, when it is not its own values (stacks). */
  drawn: readonly Line["values"][];
  fill: number;
  unit: string | undefined;
  decimals: number | undefined;
  min: number | undefined;
  max: number | undefined;
  /** Steps drawn as lines; the first has no value. */
  limits: readonly Threshold[];
  marks: readonly Mark[];
  exemplars: readonly Exemplar[];
  onZoom(startS: number, endS: number): void;
};

/** All graphs of a page point at the same moment. */
const crosshair = uPlot.sync("dashboard");

const DOT_PX = 4;

/** Bytes are read in powers of two. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Lines over time on a canvas. Drag to zoom; arrow keys move along it; a click on a dot opens its trace. */
export const Plot = memo(function Plot(props: PlotProps) {
  const { times, drawn, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [index, setIndex] = useState<number>();
  const theme = useThemeTick();

  useEffect(() => {
    const draw = () => {
      const element = box.current!;
      plot.current?.destroy();
      plot.current = new uPlot({ ...options(element, props, setIndex), class: `plot-theme-${theme}` }, [times, ...drawn.toReversed()] as uPlot.AlignedData, element);
    };
    // Each graph in a task of its own: twenty answers at once must not hold up the page.
    const task = setTimeout(draw);
    return () => clearTimeout(task);
    // Kept by `memo` while none of them changes: a refresh of the page draws a graph again only when its answer is there.
  }, [props, times, drawn, theme]);

  useEffect(() => {
    const element = box.current!;
    const resized = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
    };
  }, []);

  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (event.key === "Escape") setIndex(undefined);
    if (by === undefined || !plot.current) return;
    event.preventDefault();
    const next = Math.min(times.length - 1, Math.max(0, (index ?? times.length) + by));
    setIndex(next);
    plot.current.setCursor({ left: plot.current.valToPos(times[next]!, "x"), top: 10 });
  };

  return (
    <div className="plot-box">
      <div ref={box} className="plot" tabIndex={0} role="img" aria-label={label} onKeyDown={move} onBlur={() => setIndex(undefined)} />
      {index !== undefined && times[index] !== undefined && <Reading {...props} index={index} right={index < times.length / 2} timeS={times[index]} />}
      <span className="visually-hidden" aria-live="polite">{index !== undefined && times[index] !== undefined ? spoken(props, index, times[index]) : ""}</span>
    </div>
  );
});

const MOST_ROWS = 12;

/** What each line says at one moment, largest first. */
function Reading({ lines, unit, decimals, marks, index, right, timeS }: PlotProps & { index: number; right: boolean; timeS: number }) {
  const rows = lines.filter(({ values }) => typeof values[index] === "number").toSorted((a, b) => b.values[index]! - a.values[index]!);
  const here = marksAt(marks, timeS);
  return (
    <div className={`reading ${right ? "reading-right" : ""}`} aria-hidden="true">
      <time>{timeText(timeS)}</time>
      {rows.slice(0, MOST_ROWS).map(({ name, colour, values }, row) => <div key={row}><i style={{ background: colour }} /><span>{name}</span><b>{withUnit(values[index], unit, decimals)}</b></div>)}
      {rows.length > MOST_ROWS && <div className="muted">and {rows.length - MOST_ROWS} more</div>}
      {here.map(({ text, colour }, mark) => <div key={`mark-${mark}`}><i style={{ background: colour }} /><span>{text}</span></div>)}
    </div>
  );
}

function marksAt(marks: readonly Mark[], timeS: number): Mark[] {
  return marks.filter(({ startS, endS }) => timeS >= startS - 60 && timeS <= endS + 60);
}

/** The first lines and the marks of one moment and when it is, for who moves along with keys and does not see them. */
function spoken({ lines, marks, unit, decimals }: PlotProps, index: number, timeS: number): string {
  const values = lines.slice(0, 3).map(({ name, values: all }) => `${name} ${withUnit(all[index], unit, decimals)}`);
  return [timeText(timeS), ...values, ...marksAt(marks, timeS).map(({ text }) => text)].join(", ");
}

function options(element: HTMLElement, props: PlotProps, setIndex: (index: number | undefined) => void): uPlot.Options {
  const { lines, fill, unit, decimals, min, max, limits } = props;
  // Colours come from the page's style sheet, which knows dark and light.
  const { color: ink, borderTopColor: grid } = getComputedStyle(element);
  const axis: uPlot.Axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  let pointed = false;
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { sync: { key: crosshair.key }, drag: { x: true, y: false, setScale: false }, points: { size: 6 }, focus: { prox: 16 } },
    scales: { x: { time: true }, y: { range: (_, low, high) => yRange(low, high, min, max, limits) } },
    series: [{}, ...lines.toReversed().map((line): uPlot.Series => ({ stroke: line.colour, width: 1.5, fill: fill > 0 ? withAlpha(line.colour, fill) : "transparent", points: { show: true, size: 5, filter: (_, series) => lonely(props.drawn[lines.length - series]) } }))],
    axes: [{ ...axis, size: 24, space: 70, values: dayAndTime }, { ...axis, size: (_, ticks) => Math.max(62, 6.4 * Math.max(0, ...(ticks ?? []).map((tick) => tick.length)) + 12), ...(unit === "bytes" && { incrs: BINARY_STEPS }), values: (_, ticks) => ticks.map((tick) => withUnit(tick, unit, decimals)) }],
    hooks: {
      init: [(u) => {
        u.over.addEventListener("mouseenter", () => void (pointed = true));
        u.over.addEventListener("mouseleave", () => { pointed = false; setIndex(undefined); });
        u.over.addEventListener("click", (event) => openTrace(u, event, props.exemplars));
      }],
      setCursor: [(u) => { if (pointed) setIndex(u.cursor.idx ?? undefined); }],
      setSelect: [(u) => {
        if (pointed && u.select.width > 4) props.onZoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
      drawAxes: [(u) => drawMarks(u, props.marks)],
      draw: [(u) => { drawLimits(u, limits); drawDots(u, props.exemplars, ink); }],
    },
  };
}

function dayAndTime(u: uPlot, ticks: number[]): string[] {
  const [first = 0, last = 0] = [u.scales.x!.min, u.scales.x!.max];
  const long = last - first > 36 * 3600;
  return ticks.map((tick) => new Date(tick * 1000).toLocaleString("en-GB", long ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit" }).replace(", ", " "));
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) };
}

/** The panel's own ends where it has them; else what is measured, with limits in sight that are near. */
function yRange(lowest: number | null, highest: number | null, min: number | undefined, max: number | undefined, limits: readonly Threshold[]): [number, number] {
  const [low, high] = [lowest ?? 0, highest ?? 1];
  const values = limits.flatMap(({ value }) => value ?? []);
  const above = values.find((value) => value > high && value < high * 4) ?? high;
  const below = values.findLast((value) => value < low && value > low * 0.8) ?? low;
  const room = (above - below || Math.abs(high) || 1) * 0.06;
  const bottom = min ?? (lowest !== null && low >= 0 && max === undefined ? Math.min(0, below) : below - room);
  return [bottom, max !== undefined && max >= high ? max + (max - bottom) * 0.01 : Math.max(above, bottom) + room];
}

function drawLimits(u: uPlot, limits: readonly Threshold[]): void {
  for (const { value, color } of limits) {
    if (value === null || value > u.scales.y!.max! || value < u.scales.y!.min!) continue;
    const y = Math.round(u.valToPos(value, "y", true));
    u.ctx.save();
    u.ctx.strokeStyle = color;
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    u.ctx.beginPath();
    u.ctx.moveTo(u.bbox.left, y);
    u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
    u.ctx.stroke();
    u.ctx.restore();
  }
}

function drawMarks(u: uPlot, marks: readonly Mark[]): void {
  for (const { startS, endS, colour } of marks) {
    // Whole pixels: a line between two would be two pale ones.
    const left = Math.round(Math.max(u.bbox.left, u.valToPos(startS, "x", true)));
    const right = Math.round(Math.min(u.bbox.left + u.bbox.width, u.valToPos(endS, "x", true)));
    if (right < left) continue;
    u.ctx.fillStyle = withAlpha(colour, 8);
    u.ctx.fillRect(left, u.bbox.top, Math.max(right - left, 1), u.bbox.height);
    u.ctx.fillStyle = colour;
    u.ctx.fillRect(left, u.bbox.top, devicePixelRatio, u.bbox.height);
  }
}

function drawDots(u: uPlot, exemplars: readonly Exemplar[], ink: string): void {
  for (const { timeS, value } of exemplars) {
    const [x, y] = [u.valToPos(timeS, "x", true), u.valToPos(Math.min(value, u.scales.y!.max ?? value), "y", true)];
    u.ctx.beginPath();
    u.ctx.arc(x, y, DOT_PX * devicePixelRatio, 0, 2 * Math.PI);
    u.ctx.fillStyle = "#CC79A7";
    u.ctx.strokeStyle = ink;
    u.ctx.fill();
    u.ctx.stroke();
  }
}

function openTrace(u: uPlot, event: MouseEvent, exemplars: readonly Exemplar[]): void {
  const { left, top } = u.over.getBoundingClientRect();
  const hit = exemplars.find(({ timeS, value }) => Math.hypot(u.valToPos(timeS, "x") - (event.clientX - left), u.valToPos(Math.min(value, u.scales.y!.max ?? value), "y") - (event.clientY - top)) <= DOT_PX * 2);
  if (hit) navigate(`/traces/${hit.traceId}`);
}

/** @param percent 0 to 100 */
function withAlpha(colour: string, percent: number): string {
  return `${colour}${Math.round(percent * 2.55).toString(16).padStart(2, "0")}`;
}
