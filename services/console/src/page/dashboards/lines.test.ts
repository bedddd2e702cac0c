import { expect, test } from "vitest";
import { heatCells } from "./heat-cells.ts";
import { gridTimes, linesOf, lonely, stacked } from "./lines.ts";
import type { Panel } from "./model.ts";
import { tableRows } from "./table-rows.ts";

const grid = { start: 0, end: 60, step: 15 };
const series = (labels: Record<string, string>, points: [number, number][]) => ({ labels, times: points.map(([time]) => time), values: points.map(([, value]) => value) });
const panel = (more: Partial<Panel> = {}): Panel => ({ id: 1, type: "timeseries", targets: [{ refId: "A", expr: "", legendFormat: "{{job}} now" }], ...more });

test("series become named, coloured lines on one grid; long gaps stay gaps, short ones are drawn over", () => {
  const asked = [{ refId: "A", series: [series({ job: "a" }, [[0, 1], [30, 3]]), series({ job: "b" }, [[15, Number.NaN], [60, 2]])] }];
  const fieldConfig = { defaults: { custom: { spanNulls: 120_000 } }, overrides: [{ matcher: { id: "byFrameRefID", options: "B" }, properties: [] }] };
  const [a, b] = linesOf(panel({ fieldConfig }), asked, grid);
  expect(a).toMatchObject({ name: "a now", values: [1, undefined, 3, null, null], last: 3, max: 3 });
  expect(b).toMatchObject({ name: "b now", values: [null, null, null, null, 2], last: 2 });
  expect(a!.colour).not.toBe(b!.colour);
  const minutes = linesOf(panel({ fieldConfig: { defaults: { custom: { spanNulls: 1000 } } } }), [{ refId: "A", series: [series({}, [[0, 1], [45, 2]])] }], grid);
  expect(minutes[0]!.values).toEqual([1, null, null, 2, null]);
  expect(gridTimes(grid)).toEqual([0, 15, 30, 45, 60]);
});

test("a stack adds up; a short gap in a part is drawn over, not down to nothing", () => {
  const asked = [{ refId: "A", series: [series({ job: "a" }, [[0, 1], [15, 1]]), series({ job: "b" }, [[0, 2], [30, 5]])] }];
  expect(stacked(linesOf(panel(), asked, { start: 0, end: 45, step: 15 }))).toEqual([[1, 1, null, null], [3, undefined, 5, null]]);
});

test("points of a line too short to be seen are found, so that they can be drawn as dots", () => {
  expect(lonely([1, null, 2, 3, null, 4, undefined, 5, 6, 7, 8, null, 9])).toEqual([0, 2, 3, 12]);
  expect(lonely([1, 2, 3, 4, 5])).toEqual([]);
  expect(lonely(undefined)).toEqual([]);
});

const bucket = (le: string, ...counts: number[]) => series({ le }, counts.map((count, index): [number, number] => [index * 15, count]));

test("a heat map's cells are what each bucket has beyond the one below", () => {
  const cells = heatCells([{ refId: "A", series: [bucket("+Inf", 10, 4), bucket("0.5", 9, 4), bucket("0.1", 3, 4.01)] }], { start: 0, end: 30, step: 15 });
  expect(cells.buckets).toEqual([{ above: 0, upTo: 0.1 }, { above: 0.1, upTo: 0.5 }, { above: 0.5, upTo: Infinity }]);
  expect(cells.counts).toEqual([[3, 4.01, null], [6, 0, null], [1, 0, null]]);
  expect(cells.most).toBe(6);
});

test("a table joins answers on their labels and names, orders and leaves out columns", () => {
  const targets = ["A", "B"].map((refId) => ({ refId, expr: "" }));
  const organize = { id: "organize", options: { excludeByName: { instance: true }, indexByName: { route: 0, "Value #B": 1, "Value #A": 2 }, renameByName: { route: "Route", "Value #A": "Requests", "Value #B": "P95" } } };
  const asked = [
    { refId: "A", series: [series({ __name__: "x", route: "/a", instance: "1" }, [[0, 5]]), series({ route: "/b", instance: "1" }, [[0, 6]])] },
    { refId: "B", series: [series({ instance: "1", route: "/b" }, [[0, 0.2]])] },
  ];
  const { columns, rows } = tableRows(panel({ type: "table", targets, transformations: [{ id: "merge" }, organize] }), asked);
  expect(columns.map(({ name, numeric }) => [name, numeric])).toEqual([["Route", false], ["P95", true], ["Requests", true]]);
  expect(rows).toEqual([{ route: "/a", instance: "1", "Value #A": 5 }, { route: "/b", instance: "1", "Value #A": 6, "Value #B": 0.2 }]);
});
