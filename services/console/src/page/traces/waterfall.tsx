import type { CSSProperties, KeyboardEvent } from "react";
import type { TraceDetail } from "../../traces/store.ts";
import { duration } from "../format.ts";
import { Icon } from "../ui/icon.tsx";
import { spanRows, type SpanRow } from "./span-tree.ts";

type Props = { trace: TraceDetail; colours: Map<string, string>; chosen: string | undefined; onChoose(spanId: string): void; folded: ReadonlySet<string>; onFold(spanId: string): void };

const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Deeper spans keep this indent, so that names stay readable. */
const MAX_INDENT = 12;

/** Spans over time, one row each, children below their parent. Arrow keys move, left and right fold and unfold. */
export function Waterfall({ trace, colours, chosen, onChoose, folded, onFold }: Props) {
  const rows = spanRows(trace.spans, folded);
  const startMs = Math.min(...rows.map((row) => row.span.startMs));
  const totalMs = Math.max(0.001, trace.durationMs);
  return (
    <div className="waterfall card">
      <div className="waterfall-scale" aria-hidden="true">
        <span />
        <span className="waterfall-ticks">{TICKS.map((tick) => <span key={tick} style={{ left: `${tick * 100}%` }}>{duration(totalMs * tick)}</span>)}</span>
      </div>
      <ul className="waterfall-rows" aria-label="Spans" onKeyDown={(event) => move(event, rows, folded, onFold)}>
        {rows.map((row) => (
          <li key={row.span.spanId}>
            <Row row={row} startMs={startMs} totalMs={totalMs} colour={colours.get(row.span.service)} chosen={row.span.spanId === chosen} folded={folded.has(row.span.spanId)} onChoose={onChoose} onFold={onFold} />
          </li>
        ))}
      </ul>
    </div>
  );
}

type RowProps = { row: SpanRow; startMs: number; totalMs: number; colour: string | undefined; chosen: boolean; folded: boolean; onChoose(spanId: string): void; onFold(spanId: string): void };

function Row({ row: { span, depth, hasChildren, isOrphan }, startMs, totalMs, colour, chosen, folded, onChoose, onFold }: RowProps) {
  const left = ((span.startMs - startMs) / totalMs) * 100;
  const width = Math.max(0.3, ((span.endMs - span.startMs) / totalMs) * 100);
  const failed = span.status === "error";
  const length = duration(span.endMs - span.startMs);
  return (
    <div className={`span-row ${chosen ? "span-chosen" : ""} ${failed ? "span-failed" : ""}`} style={{ "--depth": Math.min(depth, MAX_INDENT), "--colour": colour } as CSSProperties}>
      {hasChildren && <button type="button" className="fold" tabIndex={-1} aria-label={`${folded ? "Unfold" : "Fold"} ${span.name}`} onClick={() => onFold(span.spanId)}><Icon name="back" /></button>}
      <button
        type="button" className="span-button" data-span={span.spanId} aria-pressed={chosen} aria-expanded={hasChildren ? !folded : undefined}
        aria-label={`${span.service}: ${span.name}, ${length}${failed ? ", failed" : ""}`} onClick={() => onChoose(span.spanId)}
      >
        <span className="span-name">
          {failed && <Icon name="issue" />}
          <b>{span.name}</b> <span className="span-service">{span.service}{isOrphan && " · parent not here"}</span>
        </span>
        <span className="span-track">
          <span className="span-bar" style={{ left: `${Math.min(left, 99.7)}%`, width: `${Math.min(width, 100 - Math.min(left, 99.7))}%` }} />
          <span className={left > 60 ? "span-length span-length-before" : "span-length"} style={left > 60 ? { right: `${100 - left}%` } : { left: `${Math.min(left + width, 100)}%` }}>{length}</span>
        </span>
      </button>
    </div>
  );
}

function move(event: KeyboardEvent, rows: SpanRow[], folded: ReadonlySet<string>, onFold: (spanId: string) => void): void {
  const list = event.currentTarget;
  const buttons = [...list.querySelectorAll<HTMLButtonElement>("button.span-button")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const row = rows[at];
  if (!row) return;
  if (event.key === "ArrowDown") buttons[at + 1]?.focus();
  else if (event.key === "ArrowUp") buttons[at - 1]?.focus();
  else if (row.hasChildren && (event.key === "ArrowLeft" || event.key === "ArrowRight") && folded.has(row.span.spanId) === (event.key === "ArrowRight")) onFold(row.span.spanId);
  else return;
  event.preventDefault();
}
