import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createStandIn } from "./assistant/stand-in.ts";

/** Starts the assistant's stand-in: an OpenAI-compatible server without a model behind it, for one machine. */
const host = process.env["HOST"] || "127.0.0.1";
const given = process.env["PORT"] || "8090";
const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;

if (!(port <= 65_535)) end(`PORT must be a whole number from 0 to 65535, not "${given}"`);

const server = createServer(createStandIn());
server.on("error", (error: NodeJS.ErrnoException) => end(error.code === "EADDRINUSE" ? `port ${port} is taken (setting PORT)` : error.message));
server.listen(port, host, () => console.log(`assistant stand-in listening on http://${host}:${(server.address() as AddressInfo).port}`));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_500).unref();
    setTimeout(() => process.exit(0), 4_000).unref();
  });
}

function end(message: string): never {
  console.error(`assistant stand-in: ${message}`);
  process.exit(1);
}
