import { gzipSync } from "node:zlib";

/** Sentry events as the bridge sends them, for looking at the page and for testing it. Times count back from `nowMs`. */

type Frame = Record<string, unknown>;

const root = "/app/services/backend";
const own = (fn: string, file: string, line: number, source?: [string[], string, string[]]): Frame => ({
  function: fn,
  module: file.replace(/^src\/|\.ts$/g, "").replaceAll("/", "."),
  filename: `services/backend/${file}`,
  abs_path: `${root}/${file}`,
  lineno: line,
  colno: 11,
  in_app: true,
  ...(source && { pre_context: source[0], context_line: source[1], post_context: source[2] }),
});
const library = (fn: string, file: string, line: number): Frame => ({
  function: fn, filename: `node_modules/${file}`, abs_path: `/app/node_modules/${file}`, lineno: line, colno: 5, in_app: false,
});

const throughExpress = [
  library("process.processTicksAndRejections", "node:internal/process/task_queues", 105),
  library("next", "router/lib/route.js", 157),
  library("Layer.handleRequest", "router/lib/layer.js", 152),
];

/** A route failed because the database refused: a chain of two. */
export function databaseEvent(nowMs: number, id: string, traceId: string, user: string): Record<string, unknown> {
  return {
    event_id: id,
    timestamp: nowMs / 1000,
    platform: "node",
    level: "error",
    release: "helloagents-api@0.1.0",
    environment: "local",
    server_name: "helloagents-api-1",
    transaction: "POST /projects",
    exception: {
      values: [
        {
          type: "DatabaseError",
          value: 'duplicate key value violates unique constraint "projects_owner_name_key"',
          mechanism: { type: "chained", handled: true, exception_id: 1, parent_id: 0, source: "cause" },
          stacktrace: { frames: [...throughExpress, own("insertProject", "src/projects/store.ts", 31), library("Client.query", "pg/lib/client.js", 602), library("Parser.parseErrorMessage", "pg-protocol/dist/parser.js", 285)] },
        },
        {
          type: "ProjectNotCreatedError",
          value: "project 4711 could not be created for this account",
          mechanism: { type: "auto.otel.log", handled: true, exception_id: 0 },
          stacktrace: {
            frames: [
              ...throughExpress,
              own("createProjectRoute", "src/projects/routes.ts", 27),
              own("createProject", "src/projects/create-project.ts", 42, [
                ["  try {", "    return await insertProject(pool, owner, name);", "  } catch (error) {"],
                "    throw new ProjectNotCreatedError(`project ${id} could not be created for this account`, { cause: error });",
                ["  }", "}"],
              ]),
            ],
          },
        },
      ],
    },
    request: { method: "POST", url: "http://localhost:8000/projects" },
    user: { id: user },
    tags: { "http.route": "/projects", "http.response.status_code": "500", "service.name": "helloagents-api", "session.id": "0f6c2f9e7d1b4a53" },
    contexts: { trace: { trace_id: traceId, span_id: "00f067aa0ba902b7", op: "http.server" } },
    breadcrumbs: { values: [{ timestamp: nowMs / 1000 - 0.04, category: "db", message: "SELECT id FROM accounts WHERE token_hash = $1", level: "info" }] },
  };
}

/** Uncaught in a sandbox worker's watcher. */
export function sandboxEvent(nowMs: number, id: string, traceId: string): Record<string, unknown> {
  return {
    event_id: id,
    timestamp: nowMs / 1000,
    platform: "node",
    level: "fatal",
    release: "helloagents-api@0.1.0",
    environment: "local",
    transaction: "POST /executions",
    exception: {
      values: [
        {
          type: "SandboxTimeoutError",
          value: "execution 6d0c2c1e-9d0a-4f0f-9a53-0d1f6f2d7c11 took longer than 10000 ms",
          mechanism: { type: "auto.otel.log", handled: false },
          stacktrace: { frames: [library("listOnTimeout", "node:internal/timers", 605), own("Worker.watch", "src/sandbox/worker.ts", 88), own("expire", "src/sandbox/deadline.ts", 19)] },
        },
      ],
    },
    tags: { "sandbox.language": "javascript" },
    contexts: { trace: { trace_id: traceId, span_id: "53995c3f42cd8ad8" } },
  };
}

/** From the page, without source lines. */
export function pageEvent(nowMs: number, id: string, traceId: string, user: string): Record<string, unknown> {
  return {
    event_id: id,
    timestamp: nowMs / 1000,
    platform: "javascript",
    level: "error",
    release: "helloagents-web@0.1.0",
    environment: "local",
    transaction: "/projects/:id",
    exception: {
      values: [
        {
          type: "TypeError",
          value: "Cannot read properties of undefined (reading 'output')",
          mechanism: { type: "auto.otel.log", handled: false },
          stacktrace: {
            frames: [
              { function: "HTMLUnknownElement.callCallback", filename: "/assets/index-4f1c.js", abs_path: "http://localhost:5173/assets/index-4f1c.js", lineno: 9, colno: 4021, in_app: false },
              { function: "ResultPanel", filename: "/assets/index-4f1c.js", abs_path: "http://localhost:5173/assets/index-4f1c.js", lineno: 41, colno: 19884, in_app: true },
            ],
          },
        },
      ],
    },
    request: { url: "http://localhost:5173/projects/42" },
    user: { id: user },
    tags: { "session.id": "7e21ab90c4d84f10", browser: "Chromium 140" },
    contexts: { trace: { trace_id: traceId, span_id: "a3ce929d0e0e4736" } },
  };
}

/** The event in an envelope, gzipped as SDKs send it. */
export function envelope(event: Record<string, unknown>): Buffer {
  const payload = JSON.stringify(event);
  const header = JSON.stringify({ event_id: event["event_id"], sent_at: new Date().toISOString(), sdk: { name: "helloagents.sentry-bridge", version: "0.1.0" } });
  return gzipSync(`${header}\n${JSON.stringify({ type: "event", content_type: "application/json", length: Buffer.byteLength(payload) })}\n${payload}\n`);
}
