import type { Panel } from "./model.ts";
import { lastOf, nameOf, type Asked, type Series } from "./series.ts";

/** One series of a panel that shows single values: its legend and its last value. */
export type Figure = { name: string; value: number | null; series: Series };

/** Every series of every query, in the order of the answers. */
export function figuresOf({ targets = [] }: Panel, asked: readonly Asked[]): Figure[] {
  return asked.flatMap(({ refId, series }) => {
    const legend = targets.find((target) => target.refId === refId)?.legendFormat;
    return series.map((each) => ({ name: nameOf(each, legend), value: lastOf(each), series: each }));
  });
}
