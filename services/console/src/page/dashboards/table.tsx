import { useState } from "react";
import { Link } from "../router.tsx";
import { thresholdColour } from "./colours.ts";
import type { DashboardLink, Override, Threshold } from "./model.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { tableRows, type TableColumn } from "./table-rows.ts";
import { linkRange } from "./time-range.ts";
import { withUnit } from "./units.ts";
import { fillLink } from "./variables.ts";

type Order = { column: string; descending: boolean };

/** One row for each set of labels; a click on a heading sorts. */
export function Table({ panel, asked, context }: PanelProps) {
  const { columns, rows } = tableRows(panel, asked);
  const first = panel.options?.sortBy?.[0];
  const [order, setOrder] = useState<Order | undefined>(first && { column: first.displayName, descending: first.desc ?? false });
  const defaults = panel.fieldConfig?.defaults ?? {};
  if (rows.length === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;
  const by = columns.find(({ name }) => name === order?.column);
  const sorted = by ? rows.toSorted((a, b) => compare(a[by.field], b[by.field]) * (order?.descending ? -1 : 1)) : rows;
  const range = linkRange(context.span);
  return (
    <div className="panel-table" tabIndex={0} role="region" aria-label={panel.title}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, numeric }) => {
              const sorts = order?.column === name;
              return (
                <th key={name} scope="col" className={numeric ? "number" : ""} aria-sort={sorts ? (order.descending ? "descending" : "ascending") : "none"}>
                  <button type="button" onClick={() => setOrder({ column: name, descending: sorts ? !order.descending : numeric })}>{name}{sorts && <span aria-hidden="true">{order.descending ? " ↓" : " ↑"}</span>}</button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={columns.filter(({ numeric }) => !numeric).map(({ field }) => row[field]).join("\n")}>
              {columns.map((column) => <Cell key={column.name} column={column} value={row[column.field]} own={ownOf(column, panel.fieldConfig?.overrides)} unit={defaults.unit} link={(url) => fillLink(url, context.values, { ...range, "__value.raw": String(row[column.field] ?? "") })} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Own = { unit?: string; decimals?: number; thresholds?: { steps: Threshold[] }; links?: DashboardLink[] };

/** What overrides say of one column, which they call by its shown name. */
function ownOf({ name }: TableColumn, overrides: readonly Override[] = []): Own {
  const properties = overrides.filter(({ matcher }) => matcher.id === "byName" && matcher.options === name).flatMap((each) => each.properties);
  return Object.fromEntries(properties.map(({ id, value }) => [id, value]));
}

function Cell({ column, value, own, unit, link }: { column: TableColumn; value: string | number | undefined; own: Own; unit: string | undefined; link(url: string): string }) {
  const number = typeof value === "number" ? value : undefined;
  const text = column.numeric ? withUnit(number, own.unit ?? unit, own.decimals) : (value ?? "");
  const colour = thresholdColour(number, own.thresholds?.steps);
  const to = own.links?.[0];
  return (
    <td className={column.numeric ? "number" : ""} data-value={value ?? ""}>
      {colour && <i className="cell-mark" style={{ background: colour }} />}
      {to?.url && value !== undefined ? <Link to={link(to.url)} title={to.title}>{text}</Link> : text}
    </td>
  );
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), "en", { numeric: true });
}
