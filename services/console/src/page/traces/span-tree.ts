import type { Span } from "../../traces/otlp.ts";

/** A span in its place: `depth` 0 is a root; `isOrphan` has a parent that is not here. */
export type SpanRow = { span: Span; depth: number; hasChildren: boolean; isOrphan: boolean };

/** Parents before children, siblings by start. A cycle, which broken senders make, is cut where it would close. */
export function spanRows(spans: readonly Span[], folded: ReadonlySet<string> = new Set()): SpanRow[] {
  const ids = new Set(spans.map((span) => span.spanId));
  const children = Map.groupBy(spans.toSorted((a, b) => a.startMs - b.startMs), (span) => (span.parentSpanId && ids.has(span.parentSpanId) ? span.parentSpanId : ""));
  const rows: SpanRow[] = [];
  const placed = new Set<string>();
  const place = (start: Span) => {
    // A stack instead of recursion: a chain of thousands of spans must not overflow.
    const pending: { span: Span; depth: number }[] = [{ span: start, depth: 0 }];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { span, depth } = next;
      if (placed.has(span.spanId)) continue;
      placed.add(span.spanId);
      const below = children.get(span.spanId) ?? [];
      rows.push({ span, depth, hasChildren: below.length > 0, isOrphan: depth === 0 && span.parentSpanId !== undefined });
      if (folded.has(span.spanId)) hide(below, children, placed);
      else pending.push(...below.toReversed().map((child) => ({ span: child, depth: depth + 1 })));
    }
  };
  for (const root of children.get("") ?? []) place(root);
  for (const span of spans) if (!placed.has(span.spanId)) place(span);
  return rows;
}

function hide(spans: readonly Span[], children: Map<string, Span[]>, placed: Set<string>): void {
  const pending = [...spans];
  for (let span = pending.pop(); span; span = pending.pop()) {
    if (placed.has(span.spanId)) continue;
    placed.add(span.spanId);
    pending.push(...(children.get(span.spanId) ?? []));
  }
}
