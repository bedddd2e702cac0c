/** Which libraries are watched and how: the set of auto-instrumentations-node, without what records the same thing twice or per layer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { context, diag, DiagLogLevel, type Span } from "@opentelemetry/api";
import { getNodeAutoInstrumentations, type InstrumentationConfigMap } from "@opentelemetry/auto-instrumentations-node";
import { getRPCMetadata } from "@opentelemetry/core";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { ExpressErrors, rememberExchange } from "./express-errors.ts";
import type { Settings } from "./settings.ts";

/**
 * Off unless OTEL_NODE_ENABLED_INSTRUMENTATIONS names them:
 * a span per system call (fs, dns, net), a second record of what another one records (router and connect beside express, knex
 * beside pg, mongoose beside mongodb), noise without a reader (generic-pool, lru-memoizer, dataloader, cucumber), a change of the
 * application's log lines (pino, winston, bunyan), double counting with applications that measure their own assistant (openai).
 */
const OFF = ["fs", "dns", "net", "router", "connect", "knex", "mongoose", "generic-pool", "lru-memoizer", "dataloader", "cucumber", "pino", "winston", "bunyan", "openai", "host-metrics"];

export function createInstrumentations(settings: Settings, env: NodeJS.ProcessEnv, say: (text: string) => void): Instrumentation[] {
  const usesPrometheus = settings.exporters.metrics.includes("prometheus");
  const config: InstrumentationConfigMap = {
    "@opentelemetry/instrumentation-http": {
      // Scrapes of our own metrics endpoint are no traffic of the application.
      ignoreIncomingRequestHook: (request: IncomingMessage) => usesPrometheus && request.socket.localPort === settings.prometheus.port,
      responseHook: (span: Span, response: IncomingMessage | ServerResponse) => {
        if ("writeHead" in response) rememberExchange(response, span, getRPCMetadata(context.active()));
      },
    },
    // Kept for `http.route`; its spans per layer say nothing that the server span does not.
    "@opentelemetry/instrumentation-express": { ignoreLayersType: ["middleware", "router", "request_handler"] as never[] },
    "@opentelemetry/instrumentation-koa": { ignoreLayersType: ["middleware", "router"] as never[] },
    "@opentelemetry/instrumentation-pg": { ignoreConnectSpans: true },
  };
  if (!env["OTEL_NODE_ENABLED_INSTRUMENTATIONS"]) {
    const map = config as Record<string, { enabled?: boolean }>;
    for (const name of OFF) map[`@opentelemetry/instrumentation-${name}`] = { enabled: false };
  }
  return [...hearing((problem) => say(explain(problem, env)), () => getNodeAutoInstrumentations(config)), new ExpressErrors()];
}

const ignore = (): void => undefined;

/** The package tells of unknown names and failing instrumentations on the diagnostic channel only, which is off by default. */
function hearing<T>(tell: (problem: string) => void, work: () => T): T {
  diag.setLogger({ error: (message) => tell(String(message)), warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
  try {
    return work();
  } finally {
    diag.disable();
  }
}

function explain(problem: string, env: NodeJS.ProcessEnv): string {
  const name = /^Provided instrumentation name "@opentelemetry\/instrumentation-(.*)" not found$/.exec(problem)?.[1];
  if (name === undefined) return `an instrumentation does not work: ${problem}`;
  const variable = ["OTEL_NODE_ENABLED_INSTRUMENTATIONS", "OTEL_NODE_DISABLED_INSTRUMENTATIONS"].find((variable) => env[variable]?.includes(name));
  return `${variable} names "${name}", which is not an instrumentation: it is left out. Use the names of @opentelemetry/auto-instrumentations-node, for example http,express,pg.`;
}
