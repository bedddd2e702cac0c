import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries/catalogue.ts";
import { cacheFolder } from "./binaries/find.ts";
import { setDamagedQueueAside } from "./collector-queue.ts";
import type { Options } from "./options.ts";
import type { PartName } from "./part-names.ts";
import type { Part } from "./part-runner.ts";
import { sentryOtlp } from "./sentry-dsn.ts";

/** All that the table of parts is made from. */
export interface PartsContext {
  root: string;
  options: Options;
  env: NodeJS.ProcessEnv;
  binaries: Partial<Binaries>;
  prometheusConfig: string;
  alertmanagerConfig: string;
  stateFile: string;
}

/** The table of parts: what runs, with which settings, when it is ready and what it depends on. Throws UserError for a bad SENTRY_DSN. */
export function describeParts(context: PartsContext): Part[] {
  const { root, options, binaries, env } = context;
  const { ports, data } = options;
  const local = (port: keyof typeof ports, path = ""): string => `http://127.0.0.1:${ports[port]}${path}`;
  // Node keeps stripped and compiled sources in its cache: quicker starts, and 15 MB less in each process.
  const base = { ...env, HOST: "127.0.0.1", NODE_COMPILE_CACHE: env["NODE_COMPILE_CACHE"] || join(cacheFolder(env), "../node") };
  const part = (name: PartName, rest: Omit<Part, "name" | "cwd"> & { cwd?: string }): Part => ({ name, cwd: root, ...rest, env: { ...base, ...rest.env } });
  const node = (heap_mb: number, file: string, ...flags: string[]): Pick<Part, "command" | "args"> => ({
    command: process.execPath,
    args: ["--max-semi-space-size=2", "--single-threaded-gc", `--max-old-space-size=${heap_mb}`, ...flags, join(root, file)],
  });
  // With the preload V8 keeps much that runs once: 20 MB less in each of the two, at no cost that could be measured.
  const small = "--optimize-for-size";
  // `memory_mb` is that of docker-compose.yml, so that the same load gives the same share of it.
  const telemetry = (service: string, folder: string, memory_mb: number): NodeJS.ProcessEnv => ({
    NODE_OPTIONS: "--import @helloagents/telemetry-node/register",
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: `service.version=${versionOf(join(root, folder))},deployment.environment.name=local`,
    OTEL_EXPORTER_OTLP_ENDPOINT: local("otlp-http"),
    // A demo is looked at while it runs: what happened should be seen within seconds, not after a minute.
    OTEL_METRIC_EXPORT_INTERVAL: env["OTEL_METRIC_EXPORT_INTERVAL"] || "15000",
    OTEL_BSP_SCHEDULE_DELAY: env["OTEL_BSP_SCHEDULE_DELAY"] || "1000",
    OTEL_BLRP_SCHEDULE_DELAY: env["OTEL_BLRP_SCHEDULE_DELAY"] || "500",
    HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: env["HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES"] || String(memory_mb * 2 ** 20),
  });
  // The page's telemetry passes through the frontend; traces of that would be telemetry about telemetry.
  const ignoredByFrontend = [env["HELLOAGENTS_TELEMETRY_IGNORE_PATHS"] ?? "/health,/healthz,/livez,/readyz,/metrics", "/telemetry/*"].filter(Boolean).join(",");
  const servicesDsn = env["SENTRY_DSN"] || `http://local@127.0.0.1:${ports.console}/1`;
  const pageDsn = env["VITE_SENTRY_DSN"] || `http://local@127.0.0.1:${ports.console}/2`;
  const sentry = sentryOtlp(servicesDsn, "SENTRY_DSN");
  const pageSentry = sentryOtlp(pageDsn, "VITE_SENTRY_DSN");
  const queue = join(data, "collector-queue");
  const pipeline = node(128, "otel-collector/src/main.ts", small);
  const cases = join(options.collectorConfig, "../cases");

  return [
    part("postgres", {
      // Liftoff code takes a third of the memory of optimised code, which a demo database does not need.
      ...node(256, "services/stack/src/postgres.ts", "--liftoff-only"),
      env: { PORT: String(ports.postgres), DATA_DIR: join(data, "postgres") },
      ready: { port: ports.postgres },
      needs: [],
      sendsTo: [],
    }),
    part("prometheus", {
      command: binaries.prometheus ?? "prometheus",
      args: [
        `--config.file=${context.prometheusConfig}`,
        `--web.listen-address=127.0.0.1:${ports.prometheus}`,
        `--web.external-url=http://localhost:${ports.prometheus}`,
        "--web.enable-otlp-receiver",
        "--web.enable-lifecycle",
        // For backups; on loopback only, as everything here.
        "--web.enable-admin-api",
        `--storage.tsdb.path=${join(data, "prometheus")}`,
        `--storage.tsdb.retention.time=${options.retention}`,
        "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",
      ],
      env: { GOMEMLIMIT: "400MiB", GOGC: "50" },
      ready: { url: local("prometheus", "/-/ready") },
      needs: [],
      sendsTo: ["alertmanager"],
    }),
    part("alertmanager", {
      command: binaries.alertmanager ?? "alertmanager",
      args: [
        `--config.file=${context.alertmanagerConfig}`,
        `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
        `--web.external-url=http://localhost:${ports.alertmanager}`,
        `--storage.path=${join(data, "alertmanager")}`,
        "--cluster.listen-address=",
      ],
      // Paths of secrets in alertmanager.yml count from the working folder.
      cwd: join(context.alertmanagerConfig, ".."),
      env: { GOMEMLIMIT: "96MiB", GOGC: "50" },
      ready: { url: local("alertmanager", "/-/ready") },
      needs: [],
      sendsTo: ["console"],
    }),
    part("console", {
      ...node(192, "services/console/src/main.ts"),
      env: {
        PORT: String(ports.console),
        SMTP_PORT: String(ports["console-smtp"]),
        PROMETHEUS_URL: local("prometheus"),
        ALERTMANAGER_URL: local("alertmanager"),
        PARTS_FILE: context.stateFile,
        RUNBOOKS_DIR: join(options.monitoring, "runbooks"),
        DASHBOARDS_DIR: join(options.monitoring, "grafana/dashboards"),
      },
      ready: { url: local("console"), anyStatus: true },
      needs: [],
      sendsTo: [],
    }),
    part("sentry-bridge", {
      ...node(192, "services/sentry-bridge/src/main.ts"),
      env: { SENTRY_DSN: servicesDsn, VITE_SENTRY_DSN: pageDsn, SENTRY_BRIDGE_HOST: "127.0.0.1", SENTRY_BRIDGE_PORT: String(ports["sentry-bridge"]) },
      ready: { url: local("sentry-bridge"), anyStatus: true },
      needs: [],
      sendsTo: ["console"],
    }),
    part("collector", {
      // Under a parent that can change its configuration safely: `npm run pipeline -- reload` and `tap` talk to it.
      command: pipeline.command,
      args: [...pipeline.args, "run", options.collectorConfig, "--collector", binaries.otelcol ?? "otelcol", "--run-dir", join(data, "run/collector"), ...(existsSync(cases) ? ["--cases", cases] : [])],
      env: {
        OTLP_HOST: "127.0.0.1",
        OTLP_GRPC_PORT: String(ports["otlp-grpc"]),
        OTLP_HTTP_PORT: String(ports["otlp-http"]),
        COLLECTOR_METRICS_PORT: String(ports["collector-metrics"]),
        COLLECTOR_HEALTH_PORT: String(ports["collector-health"]),
        COLLECTOR_QUEUE_DIR: queue,
        PROMETHEUS_OTLP_ENDPOINT: local("prometheus", "/api/v1/otlp"),
        SENTRY_BRIDGE_ENDPOINT: local("sentry-bridge"),
        SENTRY_OTLP_TRACES_ENDPOINT: sentry.tracesEndpoint,
        SENTRY_OTLP_AUTH: sentry.auth,
        VITE_SENTRY_OTLP_TRACES_ENDPOINT: pageSentry.tracesEndpoint,
        VITE_SENTRY_OTLP_AUTH: pageSentry.auth,
        CONSOLE_OTLP_ENDPOINT: local("console"),
        GOMEMLIMIT: "320MiB",
        GOGC: "50",
      },
      ready: { url: local("collector-health", "/") },
      needs: [],
      sendsTo: ["prometheus", "sentry-bridge", "console"],
      repair: (log) => setDamagedQueueAside(queue, log),
    }),
    part("assistant", {
      ...node(128, "services/backend/src/assistant-stand-in.ts"),
      env: { PORT: String(ports.assistant) },
      ready: { port: ports.assistant },
      needs: [],
      sendsTo: [],
    }),
    part("backend", {
      ...node(320, "services/backend/src/main.ts", small),
      env: {
        ...telemetry("helloagents-api", "services/backend", 768),
        PORT: String(ports.backend),
        DATABASE_URL: `postgres://postgres@127.0.0.1:${ports.postgres}/postgres`,
        ASSISTANT_BASE_URL: env["ASSISTANT_BASE_URL"] || local("assistant", "/v1"),
        // Drills switch faults on; the backend takes that from programs on this machine only.
        FAULTS: env["FAULTS"] || "on",
        OTEL_METRICS_EXPORTER: "otlp,prometheus",
        OTEL_EXPORTER_PROMETHEUS_HOST: "127.0.0.1",
        OTEL_EXPORTER_PROMETHEUS_PORT: String(ports["backend-metrics"]),
      },
      // Not /health: that tells of the database and the assistant too, and its first 503 would count as an error of the API.
      ready: { port: ports.backend },
      url: local("backend", "/health"),
      needs: ["postgres"],
      sendsTo: ["collector", "assistant"],
    }),
    part("frontend", {
      ...node(192, "services/frontend/src/server.ts", small),
      env: {
        ...telemetry("helloagents-frontend", "services/frontend", 256),
        HELLOAGENTS_TELEMETRY_IGNORE_PATHS: ignoredByFrontend,
        PORT: String(ports.frontend),
        BACKEND_URL: local("backend"),
      },
      ready: { url: local("frontend") },
      needs: [],
      sendsTo: ["collector", "backend"],
    }),
  ];
}

/** The Collector's files in the order of the command line: base.yaml, then by name. */
export function collectorFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml")).sort();
  return ["base.yaml", ...names.filter((name) => name !== "base.yaml")].map((name) => join(folder, name));
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}
