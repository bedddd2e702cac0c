import { expect, test } from "vitest";
import { failureReader } from "./failures.ts";
import { sendsIn } from "./own-metrics.ts";

test("what exporters did is read by exporter and signal", () => {
  const text = `# HELP otelcol_exporter_sent_spans x
otelcol_exporter_sent_spans{exporter="otlp_http/a",server_port="1"} 5
otelcol_exporter_sent_spans{exporter="otlp_http/a",server_port="2"} 2
otelcol_exporter_send_failed_log_records_total{exporter="otlp_http/a"} 3
otelcol_exporter_queue_size{data_type="logs",exporter="otlp_http/a"} 4
otelcol_exporter_queue_capacity{data_type="logs",exporter="otlp_http/a"} 1000
`;
  expect(Object.fromEntries(sendsIn(text))).toEqual({ "otlp_http/a traces": { sent: 7, failed: 0, queued: 0 }, "otlp_http/a logs": { sent: 0, failed: 3, queued: 4 } });
});

test("failures are read from the log, in both encodings, in whatever pieces it comes", () => {
  let now = 1000;
  const failures = failureReader(() => now);
  const line = '2026-01-01T00:00:00Z\tinfo\tExporting failed. Will retry the request after interval.\t{"otelcol.component.id": "otlp_http/a", "otelcol.signal": "traces", "error": "Post \\"http://x\\": refused", "interval": "3s"}\n';
  failures.read(line.slice(0, 60));
  failures.read(line.slice(60));
  now = 2000;
  failures.read('{"msg":"Exporting failed. Dropping data.","otelcol.component.id":"otlp_http/b","otelcol.signal":"logs","error":"404"}\n');
  expect([...failures.since(0)]).toEqual([["otlp_http/a traces", 'Post "http://x": refused'], ["otlp_http/b logs", "404"]]);
  expect([...failures.since(1500).keys()]).toEqual(["otlp_http/b logs"]);
});
