import { join } from "node:path";
import type { Options } from "./options.ts";
import type { PartName } from "./part-names.ts";
import type { PartStatus } from "./part-runner.ts";
import type { Link } from "./state-file.ts";
import type { Terminal } from "./terminal.ts";

/** A printed address and the part that answers there. */
interface Address extends Link {
  part: PartName;
  /** What to say beside it */
  note?: string;
  /** For programs, not for a browser */
  programs?: true;
}

/** The addresses of the parts that were chosen, in the order a person wants them. */
export function addresses({ ports, parts }: Options): Address[] {
  const at = (port: keyof typeof ports, path = ""): string => `http://localhost:${ports[port]}${path}`;
  const all: Address[] = [
    { name: "HelloAgents page", url: at("frontend"), part: "frontend" },
    { name: "Console", url: at("console"), part: "console", note: "issues, alerts, mails, traces" },
    { name: "Prometheus", url: at("prometheus", "/api/v1/query?query=up"), part: "prometheus" },
    { name: "Alertmanager", url: at("alertmanager"), part: "alertmanager" },
    { name: "Backend health", url: at("backend", "/health"), part: "backend" },
    { name: "Backend metrics", url: at("backend", "/metrics"), part: "backend" },
    { name: "OTLP gRPC", url: at("otlp-grpc"), part: "collector", note: "any OpenTelemetry SDK", programs: true },
    { name: "OTLP HTTP", url: at("otlp-http"), part: "collector", note: "/v1/traces, /v1/metrics, /v1/logs", programs: true },
  ];
  return all.filter(({ part }) => parts.includes(part));
}

/** Those that a browser can open, as the console shows them. */
export const links = (options: Options): Link[] => addresses(options).filter(({ programs }) => programs !== true).map(({ name, url }) => ({ name, url }));

/** The table of addresses and what to try next, at most 80 columns wide. */
export function printWelcome(out: Terminal, options: Options, statuses: PartStatus[], took_s: number): void {
  const { bold, dim, yellow } = out.colors;
  const notReady = statuses.filter(({ state }) => state !== "ready").map(({ name }) => name);
  out.line();
  if (notReady.length === 0) out.line(bold(`ready after ${took_s.toFixed(1)} s`));
  else out.line(yellow(`not ready: ${notReady.join(", ")} (still tried; logs in ${join(options.data, "logs")})`));
  out.line();
  for (const { name, url, part, note } of addresses(options)) {
    const state = notReady.includes(part) ? yellow("not ready") : note === undefined ? "" : dim(note);
    out.line(`  ${name.padEnd(17)} ${url.padEnd(state === "" ? 0 : 24)}${state === "" ? "" : ` ${state}`}`);
  }
  out.line();
  out.line(bold("try next"));
  for (const line of suggestions(options)) out.line(`  ${line}`);
  out.line();
  out.line(dim(`data and logs: ${options.data}`));
  out.line(dim("Ctrl-C ends everything"));
}

function suggestions({ ports, parts, traffic }: Options): string[] {
  const has = (...names: PartName[]): boolean => names.every((name) => parts.includes(name));
  const lines: string[] = [];
  if (has("frontend", "backend")) lines.push(`open http://localhost:${ports.frontend}, sign in and run some code`);
  if (has("backend", "collector", "sentry-bridge", "console")) {
    lines.push("throw an error, then see it as an issue in the console:", `  curl http://localhost:${ports.backend}/api/demo/errors/async`);
  }
  if (has("collector")) {
    lines.push("watch a service of your own, without changing its code:", `  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:${ports["otlp-http"]} \\`, '  NODE_OPTIONS="--import @helloagents/telemetry-node/register" node app.js');
  }
  if (traffic && has("backend")) lines.push("demo traffic is on; without it: npm start -- --no-traffic");
  return lines;
}
