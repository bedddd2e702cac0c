/** OTLP/HTTP JSON traces as the Collector sends them, for looking at the page and for testing it. */

type SpanSpec = { id: string; parent?: string; service: string; name: string; kind: number; startMs: number; durationMs: number; attributes?: Record<string, string | number>; error?: string; exception?: [string, string, string] };

/** Click in the page to the database and back; with `error` the insert fails and everything above it. */
export function projectTrace(traceId: string, startMs: number, error: boolean): unknown {
  const failed = error ? "duplicate key value violates unique constraint" : undefined;
  const stack = "ProjectNotCreatedError: project 4711 could not be created for this account\n    at createProject (/app/services/backend/src/projects/create-project.ts:42:11)\n    at createProjectRoute (/app/services/backend/src/projects/routes.ts:27:11)";
  return request(traceId, [
    { id: "a3ce929d0e0e4736", service: "helloagents-web", name: "click Create project", kind: 1, startMs, durationMs: 412, attributes: { "session.id": "0f6c2f9e7d1b4a53", "url.template": "/projects" } },
    { id: "b0c1d2e3f4a50617", parent: "a3ce929d0e0e4736", service: "helloagents-web", name: "POST", kind: 3, startMs: startMs + 6, durationMs: 398, attributes: { "http.request.method": "POST", "url.full": "http://localhost:5173/api/projects" } },
    { id: "c1d2e3f4a5b60718", parent: "b0c1d2e3f4a50617", service: "helloagents-frontend", name: "POST /api/{*path}", kind: 2, startMs: startMs + 22, durationMs: 361, attributes: { "http.response.status_code": error ? 500 : 201 } },
    {
      id: "00f067aa0ba902b7", parent: "c1d2e3f4a5b60718", service: "helloagents-api", name: "POST /projects", kind: 2, startMs: startMs + 31, durationMs: 340,
      attributes: { "http.request.method": "POST", "http.route": "/projects", "url.path": "/projects", "http.response.status_code": error ? 500 : 201, "user.id": "u-1842" },
      ...(failed && { error: failed, exception: ["ProjectNotCreatedError", "project 4711 could not be created for this account", stack] as [string, string, string] }),
    },
    { id: "d2e3f4a5b6c70819", parent: "00f067aa0ba902b7", service: "helloagents-api", name: "middleware - authenticate", kind: 1, startMs: startMs + 33, durationMs: 18 },
    { id: "e3f4a5b6c7d8091a", parent: "d2e3f4a5b6c70819", service: "helloagents-api", name: "pg.query:SELECT accounts", kind: 3, startMs: startMs + 34, durationMs: 14, attributes: { "db.system.name": "postgresql", "db.query.text": "SELECT id FROM accounts WHERE token_hash = $1" } },
    { id: "f4a5b6c7d8e90a1b", parent: "00f067aa0ba902b7", service: "helloagents-api", name: "pg-pool.connect", kind: 1, startMs: startMs + 55, durationMs: 41 },
    { id: "a5b6c7d8e9f00b1c", parent: "00f067aa0ba902b7", service: "helloagents-api", name: "pg.query:INSERT projects", kind: 3, startMs: startMs + 97, durationMs: 236, attributes: { "db.system.name": "postgresql", "db.query.text": "INSERT INTO projects (owner, name) VALUES ($1, $2) RETURNING id" }, ...(failed && { error: failed }) },
    { id: "b6c7d8e9f0a10c1d", parent: "00f067aa0ba902b7", service: "helloagents-api", name: "audit log", kind: 1, startMs: startMs + 340, durationMs: 0.18 },
  ]);
}

/** A question to the assistant, slow by nature. */
export function assistantTrace(traceId: string, startMs: number, durationMs: number): unknown {
  return request(traceId, [
    { id: "1a2b3c4d5e6f7081", service: "helloagents-api", name: "POST /assistant/messages", kind: 2, startMs, durationMs, attributes: { "http.response.status_code": 200 } },
    { id: "2b3c4d5e6f708192", parent: "1a2b3c4d5e6f7081", service: "helloagents-api", name: "chat stand-in", kind: 3, startMs: startMs + 9, durationMs: durationMs - 14, attributes: { "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 412, "gen_ai.usage.output_tokens": 96 } },
  ]);
}

function request(traceId: string, specs: SpanSpec[]): unknown {
  const byService = Map.groupBy(specs, (spec) => spec.service);
  return {
    resourceSpans: [...byService].map(([service, spans]) => ({
      resource: { attributes: attributes({ "service.name": service, "service.version": "0.1.0", "deployment.environment.name": "local" }) },
      scopeSpans: [{ scope: { name: "demo" }, spans: spans.map((spec) => otlpSpan(traceId, spec)) }],
    })),
  };
}

function otlpSpan(traceId: string, { id, parent, name, kind, startMs, durationMs, attributes: given = {}, error, exception }: SpanSpec): unknown {
  return {
    traceId, spanId: id, ...(parent && { parentSpanId: parent }), name, kind,
    startTimeUnixNano: nanos(startMs), endTimeUnixNano: nanos(startMs + durationMs),
    attributes: attributes(given),
    status: error ? { code: 2, message: error } : {},
    events: exception ? [{ name: "exception", timeUnixNano: nanos(startMs + durationMs - 2), attributes: attributes({ "exception.type": exception[0], "exception.message": exception[1], "exception.stacktrace": exception[2] }) }] : [],
  };
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributes(values: Record<string, string | number>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }));
}
