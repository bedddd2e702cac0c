import type { RequestHandler } from "express";

const timeout_ms = 3_000;

/**
 * `GET /metrics`: what the preload's Prometheus exporter offers on its own port. Always 200 while the backend lives,
 * because Prometheus's `up` for this address is the sign of life: a comment tells what is missing.
 */
export function metricsPage(exporterPort: number | undefined): RequestHandler {
  return async (req, res) => {
    res.type("text/plain; version=0.0.4; charset=utf-8");
    if (exporterPort === undefined) {
      res.send('# No metrics: start with NODE_OPTIONS="--import @helloagents/telemetry-node/register" and OTEL_METRICS_EXPORTER=otlp,prometheus\n');
      return;
    }
    try {
      const answer = await fetch(`http://127.0.0.1:${exporterPort}/metrics`, { headers: { accept: req.get("accept") ?? "*/*" }, signal: AbortSignal.timeout(timeout_ms) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      res.type(answer.headers.get("content-type") ?? "text/plain").send(text);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ");
      res.send(`# No metrics: the exporter at 127.0.0.1:${exporterPort} (setting OTEL_EXPORTER_PROMETHEUS_PORT) gave none: ${reason}\n`);
    }
  };
}
