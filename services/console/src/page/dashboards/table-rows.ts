import type { Panel } from "./model.ts";
import type { Asked } from "./series.ts";

/** `field` is what overrides and links mean by `__field.name`; `values[n]` belongs to row n. */
export type TableColumn = { field: string; name: string; numeric: boolean };

export type TableRows = { columns: TableColumn[]; rows: Record<string, string | number>[] };

/**
 * The answers as one table, as Grafana's transformations `merge` and `organize` make it: answers are joined on their labels, a value column
 * is called `Value` (one query) or `Value #A`; columns are left out, ordered and named as the panel says.
 */
export function tableRows({ transformations = [], targets = [] }: Panel, asked: readonly Asked[]): TableRows {
  const rows = new Map<string, Record<string, string | number>>();
  const numeric = new Set<string>();
  for (const { refId, series } of asked) {
    const field = targets.length > 1 ? `Value #${refId}` : "Value";
    numeric.add(field);
    for (const { labels, values } of series) {
      const own = Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "__name__"));
      const key = JSON.stringify(Object.entries(own).sort(([a], [b]) => a.localeCompare(b)));
      rows.set(key, { ...rows.get(key), ...own, [field]: values.at(-1)! });
    }
  }
  const { excludeByName = {}, indexByName = {}, renameByName = {} } = transformations.find(({ id }) => id === "organize")?.options ?? {};
  const fields = [...new Set([...Object.keys(indexByName), ...[...rows.values()].flatMap((row) => Object.keys(row))])];
  const columns = fields
    .filter((field) => !excludeByName[field] && (numeric.has(field) || [...rows.values()].some((row) => field in row)))
    .sort((a, b) => (indexByName[a] ?? fields.length) - (indexByName[b] ?? fields.length))
    .map((field) => ({ field, name: renameByName[field] ?? field, numeric: numeric.has(field) }));
  return { columns, rows: [...rows.values()] };
}
