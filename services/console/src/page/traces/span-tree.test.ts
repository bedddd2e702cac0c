import { expect, test } from "vitest";
import { projectTrace } from "../../demo/traces.ts";
import { spansOf, type Span } from "../../traces/otlp.ts";
import { spanRows } from "./span-tree.ts";

const spans = spansOf(projectTrace("1".repeat(32), 1_000, false)).spans;
const drawn = (rows: ReturnType<typeof spanRows>) => rows.map((row) => `${"  ".repeat(row.depth)}${row.span.name}`);

test("parents before children, siblings by start", () => {
  expect(drawn(spanRows(spans.toReversed()))).toEqual([
    "click Create project",
    "  POST",
    "    POST /api/{*path}",
    "      POST /projects",
    "        middleware - authenticate",
    "          pg.query:SELECT accounts",
    "        pg-pool.connect",
    "        pg.query:INSERT projects",
    "        audit log",
  ]);
});

test("a folded span hides all below it, and nothing else", () => {
  expect(drawn(spanRows(spans, new Set(["d2e3f4a5b6c70819"])))).toHaveLength(8);
  expect(drawn(spanRows(spans, new Set(["a3ce929d0e0e4736"])))).toEqual(["click Create project"]);
});

test("spans without their parent, and those of a circle, are shown once", () => {
  const orphans = spanRows(spans.slice(3));
  expect(orphans[0]).toMatchObject({ depth: 0, isOrphan: true });
  const circle = spans.slice(0, 2).map((span, index) => ({ ...span, parentSpanId: spans[1 - index]?.spanId }));
  expect(drawn(spanRows(circle))).toHaveLength(2);
});

test("a chain of thousands does not overflow the stack", () => {
  const [first] = spans as [Span];
  const chain = Array.from({ length: 20_000 }, (_, n) => ({ ...first, spanId: `s${n}`, parentSpanId: n === 0 ? undefined : `s${n - 1}` }));
  expect(spanRows(chain).at(-1)?.depth).toBe(19_999);
});
