import type { Path } from "../../config/config-file.ts";
import { isTree } from "../../config/merge.ts";
import type { Hit, Rule } from "../rule.ts";

const NAME = /(^|_)(timeout|interval|delay|wait|period|ttl|stale|elapsed_time|expiration|duration)$/;

export const durationWithoutUnit: Rule = {
  id: "duration-without-unit",
  reason: "A duration without a unit is taken as nanoseconds, silently: `timeout: 10` never succeeds.",
  remedy: "Write the unit: 10s, 500ms, 5m.",
  check: ({ config }) => ["receivers", "processors", "exporters", "connectors", "extensions"].flatMap((kind) => search(config[kind], [kind])),
};

function search(value: unknown, path: Path): Hit[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => search(each, [...path, index]));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    return typeof inner === "number" && inner !== 0 && NAME.test(key) ? [{ at, message: `${at.join(".")}: ${inner} means ${inner} nanoseconds.` }] : search(inner, at);
  });
}
