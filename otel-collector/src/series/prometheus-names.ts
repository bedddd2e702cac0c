/**
 * Names as Prometheus' OTLP receiver makes them with its default, `translation_strategy: UnderscoreEscapingWithSuffixes`:
 * "Prometheus and OpenMetrics Compatibility" of the OpenTelemetry specification. The process test beside this file holds them to a real Prometheus.
 */

/** What of a metric's type its name depends on. */
export type NameType = "gauge" | "counter" | "other";

const UNITS: Record<string, string> = {
  d: "days", h: "hours", min: "minutes", s: "seconds", ms: "milliseconds", us: "microseconds", ns: "nanoseconds",
  By: "bytes", KiBy: "kibibytes", MiBy: "mebibytes", GiBy: "gibibytes", TiBy: "tibibytes", KBy: "kilobytes", MBy: "megabytes", GBy: "gigabytes", TBy: "terabytes",
  m: "meters", V: "volts", A: "amperes", J: "joules", W: "watts", g: "grams", Cel: "celsius", Hz: "hertz", "1": "", "%": "percent",
};
const PER_UNITS: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week", mo: "month", y: "year" };

/** `http.server.request.duration` in `s` is `http_server_request_duration_seconds`; a counter ends in `_total`, a gauge in `1` in `_ratio`. */
export function metricName(name: string, unit: string, type: NameType): string {
  const words = name.split(/[^A-Za-z0-9:]+/).filter((word) => word !== "");
  const slash = unit.indexOf("/");
  const main = unitWord(slash < 0 ? unit : unit.slice(0, slash), UNITS);
  const per = slash < 0 ? "" : unitWord(unit.slice(slash + 1), PER_UNITS);
  for (const word of [main, per === "" ? "" : `per_${per}`]) {
    if (word !== "" && !words.includes(word)) words.push(word);
  }
  const ending = type === "counter" ? "total" : type === "gauge" && unit === "1" ? "ratio" : undefined;
  const joined = (ending === undefined ? words : [...words.filter((word) => word !== ending), ending]).join("_");
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

// `{request}` is an annotation and no unit.
const unitWord = (unit: string, known: Record<string, string>): string =>
  /[{}]/.test(unit) ? "" : (known[unit.trim()] ?? unit.trim()).replace(/[^A-Za-z0-9:]/g, "_").replace(/_+/g, "_").replace(/^_/, "");

/** `http.route` is `http_route`, `1st` is `key_1st`, `_x` is `key_x`. */
export function labelName(key: string): string {
  const name = key.replace(/[^A-Za-z0-9_]/gu, "_");
  if (/^\d/.test(name)) return `key_${name}`;
  return /^_(?!_)/.test(name) ? `key${name}` : name;
}
