import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { freePorts } from "../support/ports.ts";

/** A Sentry that counts events by id, as the real one does, and that can be away or unwell. */
export interface Sentry {
  dsn: string;
  /** What was stored: event id -> the exception's message. */
  events: Map<string, string>;
  /** Envelopes that named an id that was there already. */
  repeats: () => number;
  /** Answers by status. */
  answers: Map<number, number>;
  /** From now on every n-th answer is 503; of these, every second event was stored all the same, as when an answer is lost. 0: none. */
  failEvery: (n: number) => void;
  /** Nobody listens any more, and what was under way is cut. */
  down: () => Promise<void>;
  up: () => Promise<void>;
}

export async function startSentry(): Promise<Sentry> {
  const events = new Map<string, string>();
  const answers = new Map<number, number>();
  let repeats = 0;
  let every = 0;
  let requests = 0;

  const take = (id: string, message: string): void => {
    if (events.has(id)) repeats += 1;
    events.set(id, message);
  };

  let server: Server;
  const sockets = new Set<Socket>();
  const [port = 0] = await freePorts(1);
  const listen = async (): Promise<void> => {
    server = createServer(async (request, response) => {
      const event = await readEvent(request).catch(() => undefined);
      requests += 1;
      const fails = every > 0 && requests % every === 0;
      const stored = !fails || requests % (2 * every) === 0;
      if (event && stored) take(event.event_id, event.exception.values.at(-1)?.value ?? "");
      const status = fails ? 503 : 200;
      answers.set(status, (answers.get(status) ?? 0) + 1);
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  };
  await listen();
  return {
    dsn: `http://public@127.0.0.1:${port}/1`,
    events,
    answers,
    repeats: () => repeats,
    failEvery: (n) => void (every = n),
    down: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
    up: listen,
  };
}

interface Event {
  event_id: string;
  exception: { values: { value: string }[] };
}

/** The event of an envelope: headers, then item headers and payloads, one a line; `undefined` when it holds none. */
async function readEvent(request: IncomingMessage): Promise<Event | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const lines = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString().split("\n");
  const at = lines.findIndex((line) => line.startsWith('{"type":"event"'));
  return at < 0 ? undefined : (JSON.parse(lines[at + 1] ?? "") as Event);
}
