import { existsSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { at } from "../cases/case-files.ts";
import { displayName, type Place, readConfigFile } from "../config/config-file.ts";
import { CannotRun } from "../failure.ts";
import { didYouMean } from "../nearest.ts";

/** How many label sets each metric may have, by exporter and name as Prometheus shows it. */
export interface Budget {
  exporters: Record<string, Record<string, number>>;
  placeOf(exporter: string, metric?: string): Place;
}

const SCHEMA = JSON.parse(readFileSync(new URL("../../budget.schema.json", import.meta.url), "utf8")) as object;
const validate = new Ajv().compile<Pick<Budget, "exporters">>(SCHEMA);

/** Reads a budget. @throws CannotRun with the place. */
export function loadBudget(path: string): Budget {
  if (!existsSync(path)) throw new CannotRun(`${displayName(path)}: there is no such budget. Run the same with --write to make one of what there is now.`);
  const file = readConfigFile(path);
  const syntax = file.errors[0];
  if (syntax) throw new CannotRun(`${at(syntax.place)}: ${syntax.message}`);
  const value: unknown = file.value;
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    const keys = (error?.instancePath ?? "").split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const extra = (error?.params as { additionalProperty?: string } | undefined)?.additionalProperty;
    const place = file.find(extra === undefined ? keys : [...keys, extra]) ?? { file: file.name, line: 1, column: 1 };
    if (extra !== undefined) throw new CannotRun(`${at(place)}: unknown key "${extra}".${didYouMean(extra, ["exporters"])} Known: exporters.`);
    throw new CannotRun(`${at(place)}: ${keys.join(" > ") || "the file"} ${error?.message ?? "is wrong"}. A budget is: exporters, in it each exporter, in it each metric with its number of label sets.`);
  }
  return { exporters: value.exporters, placeOf: (exporter, metric) => file.find(metric === undefined ? ["exporters", exporter] : ["exporters", exporter, metric]) ?? file.find(["exporters", exporter]) ?? { file: file.name, line: 1, column: 1 } };
}
