import type { AddressInfo } from "node:net";
import { createBridge } from "../bridge.ts";
import { readSettings } from "../settings.ts";

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface TestBridge {
  url: string;
  lines: string[];
  post: (path: string, body: Buffer, headers?: Record<string, string>) => Promise<Answer>;
  /** The bridge's own metrics by name and labels; empty series are absent. */
  metrics: () => Promise<Record<string, number>>;
  /** Sends the sessions that wait, as it does by itself after a while. */
  flush: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A bridge in this process, on a free port, with the settings of a user's environment. */
export async function startBridge(env: Record<string, string>): Promise<TestBridge> {
  const lines: string[] = [];
  const { server, flush, abort } = createBridge(readSettings({ SENTRY_BRIDGE_PORT: "0", ...env }), (line) => void lines.push(line));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    lines,
    post: (path, body, headers) => postOtlp(url + path, body, headers),
    metrics: () => readMetrics(url),
    flush,
    async stop() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      abort();
      await closed;
    },
  };
}

export async function postOtlp(url: string, body: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/x-protobuf", ...headers }, body: new Uint8Array(body) });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

export async function readMetrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")).replace("sentry_bridge_", ""), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/** Polls until `check` gives something. The time only ends what would wait for ever. */
export async function until<T>(what: string, check: () => T | undefined | false | Promise<T | undefined | false>, ms = 50_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
