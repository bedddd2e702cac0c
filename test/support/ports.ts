import { once } from "node:events";
import { createServer } from "node:net";

/** Ports of the stack by name, as `npm start --port <name>=<n>` takes them. */
export const portNames = [
  "frontend",
  "backend",
  "console",
  "console-smtp",
  "prometheus",
  "alertmanager",
  "otlp-grpc",
  "otlp-http",
  "collector-metrics",
  "collector-health",
  "sentry-bridge",
  "postgres",
  "assistant",
  "backend-metrics",
] as const;

export type PortName = (typeof portNames)[number];

/**
 * Free loopback ports below 32768, where Linux begins to give ports to whoever asks for any: between being chosen here and being
 * taken by a program that is slow to start, nobody else is given them.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(() => true, () => false);
  await new Promise((done) => server.close(done));
  return free;
}
