import { type Any, jsonOf, type KeyValue } from "../cases/otlp.ts";
import { labelName, metricName, type NameType } from "./prometheus-names.ts";

/** One series of Prometheus: a name and its labels, without values. */
export interface Series {
  name: string;
  labels: Record<string, string>;
  /** The OTLP metric it comes from; target_info comes from none. */
  metric: string;
}

interface Point {
  attributes?: KeyValue[];
  explicitBounds?: number[];
  bucketCounts?: unknown[];
  sum?: number;
  quantileValues?: { quantile?: number }[];
}
interface Data {
  dataPoints?: Point[];
  isMonotonic?: boolean;
  aggregationTemporality?: number;
}
const TYPES = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;
const DELTA = 1;
type Metric = { name?: string; unit?: string } & Partial<Record<(typeof TYPES)[number], Data>>;
interface Body {
  resourceMetrics?: { resource?: { attributes?: KeyValue[] }; scopeMetrics?: { metrics?: Metric[] }[] }[];
}

/** The attributes that become `job` and `instance`, and no labels of target_info. */
const IDENTITY = ["service.namespace", "service.name", "service.instance.id"];

/**
 * The series that Prometheus makes of OTLP/JSON bodies, each once, in the order they come; see ./prometheus-names.ts for the rules.
 * Classic histograms have one series for each bucket; of resources, `job` and `instance` are labels and the rest stands in `target_info`.
 */
export function seriesOf(bodies: readonly unknown[]): Series[] {
  const found = new Map<string, Series>();
  for (const { resource, scopeMetrics = [] } of bodies.flatMap((body) => (body as Body).resourceMetrics ?? [])) {
    const around = identity(resource?.attributes ?? []);
    const metrics = scopeMetrics.flatMap(({ metrics = [] }) => metrics);
    const own = metrics.flatMap((metric) => ofMetric(metric, around));
    const info = own.length > 0 ? targetInfo(resource?.attributes ?? [], around) : [];
    for (const series of [...own, ...info]) found.set(asSelector(series), series);
  }
  return [...found.values()];
}

/** `name{label="value"}`, labels by name, as Prometheus writes it. */
export function asSelector({ name, labels }: Pick<Series, "name" | "labels">): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function ofMetric(metric: Metric, around: Record<string, string>): Series[] {
  const { name = "", unit = "" } = metric;
  // Prometheus refuses deltas, unless it is told otherwise.
  const points = TYPES.flatMap((type) => (metric[type]?.aggregationTemporality === DELTA ? [] : (metric[type]?.dataPoints ?? []).map((point) => ({ type, point, data: metric[type] }))));
  return points.flatMap(({ type, point, data }): Series[] => {
    const nameType: NameType = type === "gauge" ? "gauge" : type === "sum" && data?.isMonotonic === true ? "counter" : "other";
    const base = metricName(name, unit, nameType);
    const labels = { ...labelsOf(point.attributes ?? []), ...around };
    const series = (suffix: string, extra: Record<string, string> = {}): Series => ({ name: `${base}${suffix}`, labels: { ...labels, ...extra }, metric: name });
    if (type === "histogram") {
      const bounds = (point.explicitBounds ?? []).slice(0, point.bucketCounts?.length ?? 0);
      return [...(point.sum === undefined ? [] : [series("_sum")]), series("_count"), ...bounds.map((bound) => series("_bucket", { le: decimal(bound) })), series("_bucket", { le: "+Inf" })];
    }
    if (type === "summary") return [series("_sum"), series("_count"), ...(point.quantileValues ?? []).map(({ quantile = 0 }) => series("", { quantile: decimal(quantile) }))];
    return [series("")];
  });
}

function targetInfo(attributes: readonly KeyValue[], around: Record<string, string>): Series[] {
  const rest = attributes.filter(({ key }) => !IDENTITY.includes(key));
  return rest.length === 0 || Object.keys(around).length === 0 ? [] : [{ name: "target_info", labels: { ...labelsOf(rest), ...around }, metric: "" }];
}

function identity(attributes: readonly KeyValue[]): Record<string, string> {
  const [namespace = "", service = "", instance = ""] = IDENTITY.map((key) => text(attributes.find((each) => each.key === key)));
  const job = service === "" ? "" : namespace === "" ? service : `${namespace}/${service}`;
  return { ...(job === "" ? {} : { job }), ...(instance === "" ? {} : { instance }) };
}

/** Keys that become the same label share it, with a semicolon between their values. An empty value is no label. */
function labelsOf(attributes: readonly KeyValue[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const attribute of [...attributes].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const name = labelName(attribute.key);
    const value = text(attribute);
    if (attribute.key === "__name__" || (value === "" && !labels[name])) continue;
    labels[name] = labels[name] ? `${labels[name]};${value}` : value;
  }
  return labels;
}

function text(attribute: KeyValue | undefined): string {
  const value = labelValue(attribute?.value ?? {});
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Within lists and maps, integers are numbers and the keys of maps are in order. */
function labelValue({ arrayValue, kvlistValue, intValue, ...plain }: Any): unknown {
  if (arrayValue) return (arrayValue.values ?? []).map(labelValue);
  if (kvlistValue) return Object.fromEntries((kvlistValue.values ?? []).map(({ key, value }) => [key, labelValue(value ?? {})] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  return intValue === undefined ? jsonOf(plain) : Number(intValue);
}

/** As Go's FormatFloat with 'f': never with an exponent. */
function decimal(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = "", first = "", rest = "", exponent = "0"] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

/** `name{label="value",...}` read again. Labels that are not named do not matter. */
export function parseSelector(selector: string): Pick<Series, "name" | "labels"> | undefined {
  const match = SELECTOR.exec(selector.trim());
  if (!match) return undefined;
  const labels = [...(match[2] ?? "").matchAll(PAIR)].map(([, key = "", value = '""']) => [key, JSON.parse(value) as string] as const);
  return { name: match[1] ?? "", labels: Object.fromEntries(labels) };
}

const PAIR = /([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*")/g;
const SELECTOR = /^([A-Za-z_:][\w:]*)(?:\{\s*((?:[A-Za-z_]\w*\s*=\s*"(?:[^"\\]|\\.)*"\s*,?\s*)*)\})?$/;
