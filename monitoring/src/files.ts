import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";

/** The folder `monitoring/`. */
export const root = dirname(import.meta.dirname);

/** One rule of a Prometheus rule file, as written. */
export type Rule = {
  file: string;
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

/** One entry of metrics.yml; the head of that file says what each field means. */
export type Metric = { name: string; otel?: string; type: "counter" | "gauge" | "histogram" | "native_histogram"; unit: string; from: string[]; labels: string[]; buckets?: number[]; meaning: string };

/** Every rule of prometheus/{alerts,rules,generated}/*.yml. */
export function readRules(): Rule[] {
  return globSync("prometheus/{alerts,rules,generated}/*.yml", { cwd: root })
    .sort()
    .flatMap((file) => {
      const { groups } = readYaml(file) as { groups: { rules: Omit<Rule, "file">[] }[] };
      return groups.flatMap(({ rules }) => rules.map((rule) => ({ file, ...rule })));
    });
}

/** The catalogue, metrics.yml. */
export function readMetrics(): Metric[] {
  return (readYaml("metrics.yml") as { metrics: Metric[] }).metrics;
}

/** Names by which queries may use a metric: a histogram is read through its three series. */
export function seriesNames({ name, type }: Metric): string[] {
  return type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** runbooks/*.md: name of the alert to its text. */
export function readRunbooks(): Map<string, string> {
  return new Map(globSync("runbooks/*.md", { cwd: root }).map((file) => [basename(file, ".md"), readFileSync(join(root, file), "utf8")]));
}

/** The address that links in alerts and dashboards start with: external label console_url of prometheus.yml. */
export function consoleUrl(): string {
  return (readYaml("prometheus/prometheus.yml") as { global: { external_labels: { console_url: string } } }).global.external_labels.console_url;
}

/** @param file path inside `monitoring/` */
export function readYaml(file: string): unknown {
  return parse(readFileSync(join(root, file), "utf8"), { merge: true });
}
