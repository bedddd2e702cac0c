import type { Page } from "../frame.ts";
import { stat, table, timeseries, type Query } from "../panels.ts";
import { higherIsBetter, lowerIsBetter, none, neutral } from "../thresholds.ts";

const kinds = [
  { suffix: "spans", name: "spans", colour: "blue" },
  { suffix: "metric_points", name: "points", colour: "green" },
  { suffix: "log_records", name: "log records", colour: "purple" },
] as const;

/** Does telemetry arrive, does it leave, and what is lost where? */
export function pipelineHealth(): Page {
  return {
    uid: "pipeline-health",
    title: "Pipeline Health",
    description: "Does telemetry arrive, does it leave, what waits, and what is lost at which stage and why?",
    variables: [],
    rows: [
      {
        title: "Key figures",
        panels: [
          stat({
            title: "Parts that answer", width: 4, height: 5, unit: "percentunit", decimals: 0, noValue: "No targets", alerts: ["CollectorDown", "MonitoringPartDown", "ServiceDown"],
            description: "Share of all scraped parts that answer. The table below names those that do not.",
            steps: higherIsBetter(0.99, 1),
            queries: [{ expr: "avg(up)", legend: "up" }],
          }),
          stat({
            title: "Received", width: 5, height: 5, unit: "cps", steps: neutral,
            description: "Spans, metric points and log records a second that the Collector took.",
            queries: [{ expr: sumOfAll("otelcol_receiver_accepted"), legend: "received" }],
          }),
          stat({
            title: "Refused", width: 5, height: 5, unit: "cps", steps: none, alerts: ["CollectorRefusing"],
            description: "Turned away, mostly for lack of memory; senders try again. Lasting: find who sends so much, or give the Collector more.",
            queries: [{ expr: sumOfAll("otelcol_receiver_refused"), legend: "refused" }],
          }),
          stat({
            title: "Lost", width: 5, height: 5, unit: "cps", steps: none, alerts: ["CollectorDroppingData"],
            description: "Given up for good, at a full queue or at a destination that refused. The panels below name stage and destination.",
            queries: [{ expr: `${sumOfAll("otelcol_exporter_send_failed")} + ${sumOfAll("otelcol_exporter_enqueue_failed")}`, legend: "lost" }],
          }),
          stat({
            title: "Fullest queue", width: 5, height: 5, unit: "percentunit", decimals: 1, steps: lowerIsBetter(0.1, 0.5), alerts: ["CollectorQueueFilling"],
            description: "What waits for a destination, of what its queue holds. It fills while a destination is away; full, data is lost.",
            queries: [{ expr: "max(otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)", legend: "fill" }],
          }),
        ],
      },
      {
        title: "Through the Collector",
        panels: [
          timeseries({
            title: "Received", width: 8, height: 8, unit: "cps", min: 0,
            description: "What the Collector took a second. A fall with traffic as usual: senders do not reach it.",
            queries: kinds.map(({ suffix, name, colour }): Query => ({ expr: `sum(rate(otelcol_receiver_accepted_${suffix}[$__rate_interval]))`, legend: name, colour })),
          }),
          timeseries({
            title: "Sent, by destination", width: 8, height: 8, unit: "cps", min: 0, alerts: ["CollectorSendingNothing"],
            description: "What each destination took a second.",
            queries: [{ expr: byExporter("otelcol_exporter_sent"), legend: "{{exporter}}" }],
          }),
          timeseries({
            title: "Queues", width: 8, height: 8, unit: "percentunit", min: 0, limits: true, steps: lowerIsBetter(0.25, 0.5), alerts: ["CollectorQueueFilling"],
            description: "How full the queue of each destination is. It is on disk: a restart loses nothing.",
            queries: [{ expr: "max by (exporter, data_type) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)", legend: "{{exporter}} {{data_type}}" }],
          }),
          timeseries({
            title: "Lost or refused, by stage", width: 12, height: 8, unit: "cps", min: 0, alerts: ["CollectorDroppingData", "CollectorRefusing"],
            description: "At the receiver: refused, the sender tries again. At the queue: it is full. At the destination: it refused for good, by its answer.",
            queries: [
              { expr: sumOfAll("otelcol_receiver_refused"), legend: "receiver: refused", colour: "orange" },
              { expr: sumOfAll("otelcol_exporter_enqueue_failed"), legend: "queue: full", colour: "vermilion" },
              { expr: sumOfAll("otelcol_exporter_send_failed"), legend: "destination: refused for good", colour: "purple" },
            ],
          }),
          timeseries({
            title: "Memory of the Collector", width: 12, height: 8, unit: "bytes", min: 0,
            description: "Resident memory. Near its limit it refuses, so that it is not killed.",
            queries: [{ expr: "max by (instance) (otelcol_process_memory_rss)", legend: "{{instance}}", colour: "blue" }],
          }),
        ],
      },
      {
        title: "Exceptions on their way to Sentry",
        panels: [
          timeseries({
            title: "Exceptions", width: 12, height: 8, unit: "cps", min: 0,
            description: "Received is the sum of the others. Deferred: Sentry is away and the Collector keeps them.",
            queries: [
              { expr: "sum(rate(sentry_bridge_exceptions_received_total[$__rate_interval]))", legend: "received", colour: "grey" },
              { expr: "sum(rate(sentry_bridge_exceptions_sent_total[$__rate_interval]))", legend: "sent", colour: "green" },
              { expr: "sum(rate(sentry_bridge_exceptions_collapsed_total[$__rate_interval]))", legend: "the same again", colour: "blue" },
              { expr: "sum(rate(sentry_bridge_exceptions_deferred_total[$__rate_interval]))", legend: "deferred", colour: "orange" },
              { expr: zero("sum(rate(sentry_bridge_exceptions_dropped_total[$__rate_interval]))"), legend: "dropped", colour: "vermilion" },
            ],
          }),
          timeseries({
            title: "Sentry's answers", width: 12, height: 8, unit: "cps", min: 0, noValue: "Nothing sent yet",
            description: "429: a quota is used up. 401, 403, 404: the DSN is wrong. error and timeout: Sentry does not answer.",
            queries: [{ expr: 'sum by (answer) (rate(sentry_bridge_upstream_answers_total[$__rate_interval])) or label_replace(vector(0), "answer", "none yet", "", "") unless on () count(sentry_bridge_upstream_answers_total)', legend: "{{answer}}" }],
          }),
        ],
      },
      {
        title: "Prometheus and Alertmanager",
        panels: [
          table({
            title: "Parts", width: 12, height: 8, unit: "short",
            description: "What Prometheus scrapes: 1 answers, 0 does not.",
            queries: [{ expr: "max by (job, instance) (up)", legend: "" }],
            columns: [
              { field: "job", name: "Part" },
              { field: "instance", name: "Address" },
              { field: "Value", name: "Answers", decimals: 0, steps: higherIsBetter(0.5, 1) },
            ],
          }),
          timeseries({
            title: "Failures that lose data or alerts", width: 12, height: 8, unit: "short", min: 0, alerts: ["PrometheusWalWriteFailing", "RuleEvaluationFailing", "AlertmanagerNotificationFailing"],
            description: "Each must be 0. Failed writes lose samples whose sender was told that all is well; failed rules and messages lose alerts.",
            queries: [
              { expr: zero("sum(increase(prometheus_tsdb_wal_writes_failed_total[$__rate_interval]))"), legend: "writes of samples", colour: "vermilion" },
              { expr: zero("sum(increase(prometheus_rule_evaluation_failures_total[$__rate_interval]))"), legend: "rules", colour: "orange" },
              { expr: zero("sum(increase(alertmanager_notifications_failed_total[$__rate_interval]))"), legend: "messages", colour: "purple" },
            ],
          }),
        ],
      },
    ],
  };
}

/** Spans, points and log records a second together; counters of failures are born with the first one, so none is 0. */
function sumOfAll(counter: string): string {
  return `(${kinds.map(({ suffix }) => `(sum(rate(${counter}_${suffix}[$__rate_interval])) or vector(0))`).join(" + ")})`;
}

/** The same by destination. A label tells the kinds apart: without their names they would be one series twice. */
function byExporter(counter: string): string {
  const each = kinds.map(({ suffix, name }) => `label_replace(rate(${counter}_${suffix}[$__rate_interval]), "kind", "${name}", "", "")`);
  return `sum by (exporter) (${each.join(" or ")})`;
}

/** These counters are born with the first failure; until then it is 0 and not unknown. */
function zero(expression: string): string {
  return `${expression} or vector(0)`;
}
