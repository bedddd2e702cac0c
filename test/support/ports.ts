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

/** Asks the kernel for `count` free loopback ports; all are held until the last is known, so they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a listening server has a numeric port");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
