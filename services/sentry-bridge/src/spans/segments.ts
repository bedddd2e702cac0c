import { type Attributes, type Group, isEntry, type Span } from "../otlp/model.ts";

/** A span with the service that it is of. */
export interface PlacedSpan {
  span: Span;
  resource: Attributes;
}

/** What one service did in one go: the span it was entered by, or the topmost one that is here, and all below. */
export interface Segment {
  root: PlacedSpan;
  /** Without the root; in the order they came. */
  children: Span[];
  /** `false`: the span above the root is one of the same service, and came in another request or never. */
  whole: boolean;
}

/** Divides a request's spans. Those without valid ids are no spans (trace specification, SpanContext) and are left out. */
export function segmentsOf(groups: Group[]): Segment[] {
  const placed = new Map<string, PlacedSpan & { service: string }>();
  for (const { resource, spans } of groups) {
    const service = `${String(resource.get("service.name"))}\n${String(resource.get("service.instance.id"))}`;
    for (const span of spans) if (span.traceId !== "" && span.spanId !== "") placed.set(span.traceId + span.spanId, { span, resource, service });
  }
  const segments = new Map<string, Segment>();
  const roots = new Map<string, string>();

  /** Climbs until the root, or a span whose root is known; spans that are above themselves end where they began. */
  function rootOf(id: string): string {
    const path = new Set<string>();
    let at = id;
    for (;;) {
      const known = roots.get(at);
      path.add(at);
      const { span, service } = placed.get(at)!;
      const above = span.traceId + span.parentSpanId;
      const enters = isEntry(span) || placed.get(above)?.service !== service || path.has(above);
      if (known === undefined && !enters) {
        at = above;
        continue;
      }
      const root = known ?? at;
      for (const step of path) roots.set(step, root);
      return root;
    }
  }

  for (const [id, { span }] of placed) {
    const root = rootOf(id);
    const { span: top, resource } = placed.get(root)!;
    const entered = isEntry(top) || top.parentSpanId === "" || placed.has(top.traceId + top.parentSpanId);
    const segment = segments.get(root) ?? { root: { span: top, resource }, children: [], whole: entered };
    if (root !== id) segment.children.push(span);
    segments.set(root, segment);
  }
  return [...segments.values()];
}
