import type { Span, TraceLog } from "./otlp.ts";

/** One line of the list of traces. `startTime` is ISO 8601; `root` is the span without parent, else the earliest seen so far. */
export type TraceSummary = {
  traceId: string;
  rootName: string;
  rootService: string;
  startTime: string;
  durationMs: number;
  spanCount: number;
  errorCount: number;
  services: { name: string; spans: number }[];
};

/** Spans by start; `droppedSpans` were beyond the bound of one trace. */
export type TraceDetail = TraceSummary & { spans: Span[]; logs: TraceLog[]; droppedSpans: number };

export type TraceQuery = {
  service?: string | undefined;
  /** Words in a span's name that began the trace, such as a route. */
  text?: string | undefined;
  minDurationMs?: number | undefined;
  error?: boolean | undefined;
  /** Traces that went on after this time and began before that, both in ms since 1970. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
  limit?: number | undefined;
};

export type Traces = {
  addSpans(spans: Span[]): void;
  addLogs(logs: TraceLog[]): void;
  /** Latest start first. */
  list(query: TraceQuery): TraceSummary[];
  get(traceId: string): TraceDetail | undefined;
  /** Names of services seen in the traces kept. */
  services(): string[];
  count(): number;
  bytes(): number;
};

export type TraceBounds = { maxTraces: number; maxBytes: number; maxSpansPerTrace: number; maxLogsPerTrace: number };

export const TRACE_BOUNDS: TraceBounds = { maxTraces: 2_000, maxBytes: 20 * 2 ** 20, maxSpansPerTrace: 2_000, maxLogsPerTrace: 200 };

/** Weight of what a span leaves on the heap besides its JSON: its id in a set, a share of the maps. */
const BYTES_PER_ITEM = 120;

/** Spans are kept as JSON text outside the JavaScript heap, in the pieces they came in: exact to count, cheap to hold. */
type Kept = {
  traceId: string;
  spanIds: Set<string>;
  spans: Buffer[];
  logs: Buffer[];
  logCount: number;
  droppedSpans: number;
  bytes: number;
  startMs: number;
  endMs: number;
  root: { name: string; service: string; startMs: number; isRoot: boolean } | undefined;
  services: Map<string, number>;
  /** Names of its spans in small letters, each once: what words are looked for in. */
  names: Set<string>;
  errorCount: number;
};

export function createTraces(bounds: TraceBounds = TRACE_BOUNDS): Traces {
  // In the order of first arrival: the first is the one to forget.
  const traces = new Map<string, Kept>();
  let bytes = 0;

  const grow = (kept: Kept, by: number) => {
    kept.bytes += by;
    bytes += by;
  };
  const makeRoom = () => {
    for (const [id, kept] of traces) {
      if (traces.size <= 1 || (traces.size <= bounds.maxTraces && bytes <= bounds.maxBytes)) return;
      bytes -= kept.bytes;
      traces.delete(id);
    }
  };
  const keptOf = (traceId: string) => {
    const kept = traces.get(traceId) ?? emptyTrace(traceId);
    traces.set(traceId, kept);
    return kept;
  };

  return {
    addSpans(spans) {
      for (const [traceId, group] of Map.groupBy(spans, (span) => span.traceId)) {
        const kept = keptOf(traceId);
        const fresh: Span[] = [];
        for (const span of group) {
          // A sender that saw no answer sends again.
          if (kept.spanIds.has(span.spanId)) continue;
          if (kept.spanIds.size >= bounds.maxSpansPerTrace) kept.droppedSpans += 1;
          else {
            kept.spanIds.add(span.spanId);
            fresh.push(span);
            account(kept, span);
          }
        }
        if (fresh.length === 0) continue;
        const json = Buffer.from(JSON.stringify(fresh));
        kept.spans.push(json);
        grow(kept, json.length + fresh.length * BYTES_PER_ITEM);
      }
      makeRoom();
    },
    addLogs(logs) {
      for (const [traceId, group] of Map.groupBy(logs, (log) => log.traceId)) {
        const kept = keptOf(traceId);
        const fresh = group.slice(0, bounds.maxLogsPerTrace - kept.logCount);
        if (fresh.length === 0) continue;
        kept.logCount += fresh.length;
        const json = Buffer.from(JSON.stringify(fresh));
        kept.logs.push(json);
        grow(kept, json.length + BYTES_PER_ITEM);
      }
      makeRoom();
    },
    list({ service, text, minDurationMs = 0, error, fromMs = -Infinity, toMs = Infinity, limit = 100 }) {
      const words = text?.toLowerCase();
      return [...traces.values()]
        .filter((kept) => kept.spanIds.size > 0)
        .filter((kept) => service === undefined || kept.services.has(service))
        .filter((kept) => words === undefined || [...kept.names].some((name) => name.includes(words)))
        .filter((kept) => kept.endMs - kept.startMs >= minDurationMs)
        .filter((kept) => error === undefined || kept.errorCount > 0 === error)
        .filter((kept) => kept.endMs >= fromMs && kept.startMs <= toMs)
        .sort((a, b) => b.startMs - a.startMs)
        .slice(0, limit)
        .map(summary);
    },
    get(traceId) {
      const kept = traces.get(traceId);
      if (!kept) return undefined;
      const spans = parsePieces<Span>(kept.spans).sort((a, b) => a.startMs - b.startMs);
      const logs = parsePieces<TraceLog>(kept.logs).sort((a, b) => a.timeMs - b.timeMs);
      return { ...summary(kept), spans, logs, droppedSpans: kept.droppedSpans };
    },
    services: () => [...new Set([...traces.values()].flatMap((kept) => [...kept.services.keys()]))].sort(),
    count: () => traces.size,
    bytes: () => bytes,
  };
}

function emptyTrace(traceId: string): Kept {
  return {
    traceId, spanIds: new Set(), spans: [], logs: [], logCount: 0, droppedSpans: 0, bytes: 0,
    startMs: Infinity, endMs: -Infinity, root: undefined, services: new Map(), names: new Set(), errorCount: 0,
  };
}

function account(kept: Kept, span: Span): void {
  kept.startMs = Math.min(kept.startMs, span.startMs);
  kept.endMs = Math.max(kept.endMs, span.endMs);
  kept.services.set(span.service, (kept.services.get(span.service) ?? 0) + 1);
  kept.names.add(span.name.toLowerCase());
  if (span.status === "error") kept.errorCount += 1;
  const isRoot = span.parentSpanId === undefined;
  const better = !kept.root || (isRoot && !kept.root.isRoot) || (isRoot === kept.root.isRoot && span.startMs < kept.root.startMs);
  if (better) kept.root = { name: span.name, service: span.service, startMs: span.startMs, isRoot };
}

function summary(kept: Kept): TraceSummary {
  const hasSpans = kept.spanIds.size > 0;
  return {
    traceId: kept.traceId,
    rootName: kept.root?.name ?? "(no spans yet)",
    rootService: kept.root?.service ?? "",
    startTime: hasSpans ? new Date(kept.startMs).toISOString() : "",
    durationMs: hasSpans ? kept.endMs - kept.startMs : 0,
    spanCount: kept.spanIds.size,
    errorCount: kept.errorCount,
    services: [...kept.services].map(([name, spans]) => ({ name, spans })),
  };
}

function parsePieces<T>(pieces: Buffer[]): T[] {
  return pieces.flatMap((piece) => JSON.parse(piece.toString()) as T[]);
}
