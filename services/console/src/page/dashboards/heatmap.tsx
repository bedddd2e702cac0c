import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { viridis } from "./colours.ts";
import { heatCells } from "./heat-cells.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { withUnit } from "./units.ts";

type Cell = { bucket: number; moment: number };

/** How often each size occurred over time: more is lighter in the dark, by one scale of lightness. Only the range of sizes that occurred is drawn. */
export function Heatmap({ panel, asked, range, onZoom }: PanelProps) {
  const cells = useMemo(() => heatCells(asked, range), [asked, range]);
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const unit = panel.options?.yAxis?.unit ?? defaults.unit;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<Cell>();
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
      moment: Math.min(moments - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * moments))),
      bucket: low + Math.min(rows - 1, Math.max(0, Math.floor((1 - (event.clientY - box.top) / box.height) * rows))),
    };
  };
  const timeOf = (moment: number) => range.start + moment * range.step;
  const fullest = cells.counts.map((row, bucket) => ({ bucket, sum: row.reduce<number>((sum, count) => sum + (count ?? 0), 0) })).toSorted((a, b) => b.sum - a.sum)[0]!;
  return (
    <div className="heat" data-total={cells.total} data-fullest={cells.buckets[fullest.bucket]!.upTo}>
      <div className="heat-scale" aria-hidden="true">{Array.from({ length: rows }, (_, index) => low + rows - 1 - index).map((bucket) => <span key={bucket}>{cells.buckets[bucket]!.upTo === Infinity ? "∞" : withUnit(cells.buckets[bucket]!.upTo, unit)}</span>)}</div>
      <div className="heat-box">
        <canvas
          ref={canvas} role="img" aria-label={`${panel.title}: ${withUnit(cells.total)} events, most of them ${bounds(fullest.bucket)}`}
          onPointerMove={(event) => setAt(find(event))} onPointerLeave={() => { setAt(undefined); setFrom(undefined); }}
          onPointerDown={(event) => setFrom(find(event).moment)}
          onPointerUp={(event) => { const to = find(event).moment; if (from !== undefined && Math.abs(to - from) > 1) onZoom(timeOf(Math.min(from, to)), timeOf(Math.max(from, to) + 1)); setFrom(undefined); }}
        />
        {at && (
          <div className={`reading ${at.moment < moments / 2 ? "reading-right" : ""}`} aria-hidden="true">
            <time>{new Date(timeOf(at.moment) * 1000).toLocaleTimeString("en-GB")}</time>
            <div><span>{bounds(at.bucket)}</span><b>{withUnit(cells.counts[at.bucket]?.[at.moment] ?? 0)}</b></div>
          </div>
        )}
        <div className="heat-times" aria-hidden="true">{[0, 0.25, 0.5, 0.75, 1].map((share) => <span key={share}>{clock(timeOf(Math.round(share * (moments - 1))), range.end - range.start)}</span>)}</div>
      </div>
    </div>
  );
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
