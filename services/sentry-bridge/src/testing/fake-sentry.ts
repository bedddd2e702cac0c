import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

/**
 * What the fake does with one envelope: an answer, late or with a body that is cut short or never ends, silence, a cut connection, or the
 * first half of an answer (`half`), which it gives after it has taken the envelope.
 */
export type Behaviour = { status: number; headers?: Record<string, string>; delayMs?: number; after?: Promise<void>; body?: "cut" | "endless" } | "hang" | "reset" | "half";

export interface ReceivedEnvelope {
  url: string;
  auth: string;
  /** The header of this name: `keep-alive` or `close`. */
  connection: string;
  headers: Record<string, unknown>;
  items: { header: Record<string, unknown>; payload: Record<string, unknown> }[];
}

export interface FakeSentry {
  /** DSN of a project of this server. */
  dsn: (project?: string) => string;
  port: number;
  envelopes: ReceivedEnvelope[];
  /** Items of a type in the envelopes that it took. */
  taken: (type: string) => Record<string, unknown>[];
  /** Events of accepted envelopes by id: what a real Sentry would count. */
  events: Map<string, Record<string, unknown>>;
  behave: (next: (n: number, envelope: ReceivedEnvelope) => Behaviour) => void;
  stop: () => Promise<void>;
}

const accept = (): Behaviour => ({ status: 200 });

/** A Sentry on loopback that can be slow, dead, limiting and rude. */
export async function startFakeSentry(port?: number): Promise<FakeSentry> {
  const envelopes: ReceivedEnvelope[] = [];
  const events = new Map<string, Record<string, unknown>>();
  const items: ReceivedEnvelope["items"] = [];
  const sockets = new Set<Socket>();
  let behaviour: (n: number, envelope: ReceivedEnvelope) => Behaviour = accept;

  function take(envelope: ReceivedEnvelope): void {
    items.push(...envelope.items);
    for (const { header, payload } of envelope.items) if (header["type"] === "event") events.set(String(payload["event_id"]), payload);
  }

  const server = createServer(async (request, response) => {
    const envelope = await readEnvelope(request);
    envelopes.push(envelope);
    const action = behaviour(envelopes.length, envelope);
    if (action === "hang") return;
    if (action === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    if (action === "half") {
      take(envelope);
      request.socket.end("HTTP/1.1 200 OK\r\ncontent-ty");
      return;
    }
    await action.after;
    if (action.delayMs) await setTimeout(action.delayMs);
    if (action.status === 200) take(envelope);
    response.writeHead(action.status, { ...action.headers, ...(action.body && { "content-length": "1000" }) });
    if (action.body) {
      response.write('{"id":');
      if (action.body === "cut") request.socket.end();
    } else response.end("{}");
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const actual = await listen(server, port);
  return {
    dsn: (project = "1") => `http://publickey@127.0.0.1:${actual}/${project}`,
    port: actual,
    envelopes,
    taken: (type) => items.filter(({ header }) => header["type"] === type).map(({ payload }) => payload),
    events,
    behave: (next) => void (behaviour = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Listens on the wanted port, or on one that the system gives nobody by itself (Linux gives those from 32768 on): when it is closed in a
 * test, it is still free when it is opened again.
 */
async function listen(server: Server, wanted?: number): Promise<number> {
  for (;;) {
    const port = wanted ?? 20_000 + Math.floor(Math.random() * 12_000);
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      return port;
    } catch (error) {
      if (wanted !== undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

async function readEnvelope(request: IncomingMessage): Promise<ReceivedEnvelope> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks);
  let at = body.indexOf("\n");
  const headers = JSON.parse(body.toString("utf8", 0, at)) as Record<string, unknown>;
  const items: ReceivedEnvelope["items"] = [];
  // By the announced byte length, as Sentry reads it.
  while (at + 1 < body.length) {
    const end = body.indexOf("\n", at + 1);
    const header = JSON.parse(body.toString("utf8", at + 1, end)) as Record<string, unknown>;
    const stop = end + 1 + Number(header["length"]);
    items.push({ header, payload: JSON.parse(body.toString("utf8", end + 1, stop)) as Record<string, unknown> });
    at = stop;
  }
  return { url: request.url ?? "", auth: String(request.headers["x-sentry-auth"] ?? ""), connection: String(request.headers.connection), headers, items };
}
