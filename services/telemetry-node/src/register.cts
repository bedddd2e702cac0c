/**
 * What NODE_OPTIONS preloads: `--import @helloagents/telemetry-node/register` or `--require` of the same name.
 *
 * Decides only whether to start: once per thread (the flag may be given twice, by both options, and reaches worker threads),
 * on a Node the OpenTelemetry SDK supports, not when switched off, not in helpers that are not the application.
 * Whatever goes wrong ends here as one line on stderr; the application runs on as without us.
 */
const STARTED = Symbol.for("@helloagents/telemetry-node.started");

/** First Node that the OpenTelemetry SDK supports. */
const OLDEST_NODE = [22, 15] as const;

/** Package managers' own processes (`NODE_OPTIONS=... npm start` preloads npm as well) and threads that only write logs. */
const HELPERS = [
  /[\\/](npm|npx|pnpm|yarn|corepack)[\\/](bin|lib|dist)[\\/]/,
  /[\\/](npm|npx|pnpm|yarn|corepack)(-cli)?\.[cm]?js$/,
  /[\\/](thread-stream|pino-worker)[\\/]/,
];

function supported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function say(text: string): void {
  process.stderr.write(`helloagents-telemetry: ${text}\n`);
}

function register(): void {
  const thread = globalThis as { [STARTED]?: boolean };
  if (thread[STARTED] === true) return;
  Object.defineProperty(thread, STARTED, { value: true });

  if (String(process.env["OTEL_SDK_DISABLED"]).trim().toLowerCase() === "true") return;
  const entry = process.argv[1] || "";
  if (HELPERS.some((pattern) => pattern.test(entry))) return;
  if (!supported(process.versions.node)) {
    say(`Node ${process.versions.node} is older than ${OLDEST_NODE.join(".")}, which the OpenTelemetry SDK needs: no telemetry is sent. Update Node or remove the preload.`);
    return;
  }
  (require("./start.cjs") as { start(say: (text: string) => void): void }).start(say);
}

try {
  register();
} catch (error) {
  say(`could not start, no telemetry is sent: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
}
