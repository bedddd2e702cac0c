import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { viridis } from "./colours.ts";
import { heatCells } from "./heat-cells.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { timeText, withUnit } from "./units.ts";

type Cell = { bucket: number; moment: number };

/** How far each key moves, in moments and buckets. */
const STEPS: Record<string, readonly [right: number, up: number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], PageUp: [-20, 0], PageDown: [20, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * How often each size occurred over time: more is lighter in the dark, by one scale of lightness. Only the range of sizes that occurred is drawn.
 * Drag to zoom; arrow keys move over the cells as the pointer does.
 */
export function Heatmap({ panel, asked, range, onZoom }: PanelProps) {
  const cells = useMemo(() => heatCells(asked, range), [asked, range]);
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const unit = panel.options?.yAxis?.unit ?? defaults.unit;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setAt] = useState<Cell>();
  const [from, setFrom] = useState<number>();
  const used = cells.counts.map((row) => row.some((count) => count !== null && count > 0));
  const low = Math.max(0, used.indexOf(true));
  const rows = Math.max(0, used.lastIndexOf(true) - low + 1);
  const moments = cells.counts[0]?.length ?? 0;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const draw = () => paint(element, cells.counts.slice(low, low + rows), cells.most);
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [cells, low, rows]);

  if (cells.total === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;
  const bounds = (bucket: number) => {
    const { above, upTo } = cells.buckets[bucket]!;
    return upTo === Infinity ? `over ${withUnit(above, unit)}` : `${withUnit(above, unit)} to ${withUnit(upTo, unit)}`;
  };
  const find = (event: PointerEvent<HTMLCanvasElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      moment: clamp(Math.floor(((event.clientX - box.left) / box.width) * moments), 0, moments - 1),
      bucket: low + clamp(Math.floor((1 - (event.clientY - box.top) / box.height) * rows), 0, rows - 1),
    };
  };
  const timeOf = (moment: number) => range.start + moment * range.step;
  // A refresh may have fewer buckets than there were.
  const at = pointed && pointed.moment < moments && pointed.bucket < low + rows ? pointed : undefined;
  const fullest = cells.counts.map((row, bucket) => ({ bucket, sum: row.reduce<number>((sum, count) => sum + (count ?? 0), 0) })).toSorted((a, b) => b.sum - a.sum)[0]!;
  const move = (event: KeyboardEvent) => {
    if (event.key === "Escape") setAt(undefined);
    const [right, up] = STEPS[event.key] ?? [];
    if (right === undefined || up === undefined) return;
    event.preventDefault();
    // The first key points at the newest moment, where most is.
    const next = at ? { moment: at.moment + right, bucket: at.bucket + up } : { moment: moments - 1, bucket: fullest.bucket };
    setAt({ moment: clamp(next.moment, 0, moments - 1), bucket: clamp(next.bucket, low, low + rows - 1) });
  };
  const reading = at && { time: timeText(timeOf(at.moment)), bounds: bounds(at.bucket), count: withUnit(cells.counts[at.bucket]?.[at.moment] ?? 0) };
  return (
    <div className="heat" data-total={cells.total} data-fullest={cells.buckets[fullest.bucket]!.upTo}>
      <div className="heat-scale" aria-hidden="true">{Array.from({ length: rows }, (_, index) => low + rows - 1 - index).map((bucket) => <span key={bucket}>{cells.buckets[bucket]!.upTo === Infinity ? "∞" : withUnit(cells.buckets[bucket]!.upTo, unit)}</span>)}</div>
      <div className="heat-box">
        <canvas
          ref={canvas} tabIndex={0} role="img" aria-label={`${panel.title}: ${withUnit(cells.total)} events, most of them ${bounds(fullest.bucket)}`}
          onKeyDown={move} onBlur={() => setAt(undefined)}
          onPointerMove={(event) => setAt(find(event))} onPointerLeave={() => { setAt(undefined); setFrom(undefined); }}
          onPointerDown={(event) => setFrom(find(event).moment)}
          onPointerUp={(event) => { const to = find(event).moment; if (from !== undefined && Math.abs(to - from) > 1) onZoom(timeOf(Math.min(from, to)), timeOf(Math.max(from, to) + 1)); setFrom(undefined); }}
        />
        {at && reading && (
          <>
            <div className="heat-cells" aria-hidden="true"><i style={{ left: `${(at.moment / moments) * 100}%`, width: `${100 / moments}%`, bottom: `${((at.bucket - low) / rows) * 100}%`, height: `${100 / rows}%` }} /></div>
            <div className={`reading ${at.moment < moments / 2 ? "reading-right" : ""}`} aria-hidden="true">
              <time>{reading.time}</time>
              <div><span>{reading.bounds}</span><b>{reading.count}</b></div>
            </div>
          </>
        )}
        <span className="visually-hidden" aria-live="polite">{reading ? `${reading.time}, ${reading.bounds}: ${reading.count} events` : ""}</span>
        <div className="heat-times" aria-hidden="true">{[0, 0.25, 0.5, 0.75, 1].map((share) => <span key={share}>{clock(timeOf(Math.round(share * (moments - 1))), range.end - range.start)}</span>)}</div>
      </div>
    </div>
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function clock(timeS: number, spanS: number): string {
  return new Date(timeS * 1000).toLocaleString("en-GB", spanS > 36 * 3600 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" });
}

function paint(element: HTMLCanvasElement, rows: (number | null)[][], most: number): void {
  const [width, height] = [element.clientWidth * devicePixelRatio, element.clientHeight * devicePixelRatio];
  if (width === 0 || height === 0) return;
  Object.assign(element, { width, height });
  const context = element.getContext("2d")!;
  const moments = rows[0]?.length ?? 1;
  const gap = moments > 200 ? 0 : devicePixelRatio;
  for (const [row, counts] of rows.entries()) {
    const top = height - ((row + 1) * height) / rows.length;
    for (const [moment, count] of counts.entries()) {
      if (!count) continue;
      const left = Math.floor((moment * width) / moments);
      // The square root keeps the few slow ones in sight beside the many fast ones.
      context.fillStyle = viridis(Math.sqrt(count / most));
      context.fillRect(left, top, Math.max(1, Math.floor(((moment + 1) * width) / moments) - left - gap), Math.max(1, height / rows.length - gap));
    }
  }
}
