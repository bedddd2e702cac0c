import { seriesColour } from "./colours.ts";
import type { Panel } from "./model.ts";
import { lastOf, nameOf, type Asked } from "./series.ts";
import type { Grid } from "./time-range.ts";

/** A line on the grid of moments that all lines of a panel share: null where nothing was measured, undefined where a short gap is drawn over. */
export type Line = { name: string; colour: string; labels: Record<string, string>; values: (number | null | undefined)[]; last: number | null; max: number | null };

/** Moments of a grid, in seconds since 1970. */
export function gridTimes({ start, end, step }: Grid): number[] {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
}

/** Every series of a panel as a line, named and coloured. */
export function linesOf({ targets = [], fieldConfig }: Panel, asked: readonly Asked[], grid: Grid): Line[] {
  const overMs = fieldConfig?.defaults.custom?.spanNulls;
  const connectS = typeof overMs === "number" ? overMs / 1000 : overMs ? Infinity : 0;
  const all = asked.flatMap(({ refId, series }) => series.map((each) => ({ refId, each })));
  return all.map(({ refId, each }, index) => ({
    name: nameOf(each, targets.find((target) => target.refId === refId)?.legendFormat),
    colour: seriesColour(index, refId, fieldConfig?.overrides),
    labels: each.labels,
    values: onGrid(each.times, each.values, grid, connectS),
    last: lastOf(each),
    max: each.values.reduce<number | null>((most, value) => (Number.isFinite(value) && (most === null || value > most) ? value : most), null),
  }));
}

function onGrid(times: readonly number[], values: readonly number[], { start, end, step }: Grid, connectS: number): Line["values"] {
  const cells: Line["values"] = Array.from({ length: Math.floor((end - start) / step) + 1 }, () => null);
  let last: number | undefined;
  for (const [index, time] of times.entries()) {
    const place = Math.round((time - start) / step);
    const value = values[index]!;
    if (place < 0 || place >= cells.length || !Number.isFinite(value)) continue;
    cells[place] = value;
    // At a coarse step one missing point is longer than any short gap.
    if (last !== undefined && place - last > 1 && (place - last) * step <= Math.max(connectS, 2 * step)) cells.fill(undefined, last + 1, place);
    last = place;
  }
  return cells;
}

/** Places of points in runs of four at most: their line is too short to be seen, so they are drawn as dots. */
export function lonely(values: Line["values"] = []): number[] {
  const found: number[] = [];
  let run: number[] = [];
  for (const [place, value] of [...values, null].entries()) {
    if (typeof value === "number") run.push(place);
    if (value !== null) continue;
    if (run.length <= 4) found.push(...run);
    run = [];
  }
  return found;
}

/** Lines on top of each other: each value is the sum of its own and those before; nothing measured counts as nothing, and a short gap stays one to draw over. */
export function stacked(lines: readonly Line[]): Line["values"][] {
  const sums: (number | null)[] = [];
  return lines.map(({ values }) => values.map((value, index) => {
    if (value === undefined) return undefined;
    if (value === null) return sums[index] ?? null;
    return (sums[index] = (sums[index] ?? 0) + value);
  }));
}
