import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One request body that the page posted to `/telemetry/v1/<signal>`. */
export interface Received {
  signal: string;
  // What OTLP JSON holds is looked at by the tests; typing it all would not make them safer.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  text: string;
}

export interface TestSite {
  origin: string;
  received: Received[];
  /** Requests to anything but telemetry and files: path and `traceparent`. */
  calls: { path: string; traceparent: string | undefined }[];
  /** `broken` refuses telemetry: a status, or "reset" for a dropped connection; `refused` lists the signals of such requests. */
  sink: { broken: number | "reset" | undefined; refused: string[] };
  close(): Promise<void>;
}

/** A page, an API and a sink on one loopback origin; any `files` entry is served with a strict CSP. */
export async function startSite(files: Record<string, string>): Promise<TestSite> {
  const received: Received[] = [];
  const calls: TestSite["calls"] = [];
  const sink: TestSite["sink"] = { broken: undefined, refused: [] };
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0]!;
    const signal = /^\/telemetry\/v1\/(\w+)$/.exec(path)?.[1];
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (signal) {
      if (sink.broken !== undefined) sink.refused.push(signal);
      if (sink.broken === "reset") return void request.socket.destroy();
      // A page that goes away may cut its last request.
      void read(request).catch(() => undefined).then((text) => {
        if (text === undefined) return undefined;
        if (typeof sink.broken === "number") return response.writeHead(sink.broken).end();
        received.push({ signal, body: JSON.parse(text), text });
        return response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
      return;
    }
    const file = files[path];
    if (file === undefined) {
      calls.push({ path, traceparent: request.headers["traceparent"] as string | undefined });
      return void response.writeHead(path.endsWith("/fails") ? 500 : 200, { "content-type": "application/json" }).end("{}");
    }
    response.writeHead(200, {
      "content-type": path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8",
      "content-security-policy": "default-src 'self'; connect-src 'self' http://127.0.0.1:*; require-trusted-types-for 'script'",
    });
    response.end(file);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, calls, sink, close: () => close(server) };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
