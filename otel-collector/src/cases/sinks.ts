import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One server for all exporters of all copies; the first two parts of the path tell which. */
export interface Sinks {
  url: string;
  /** Bodies by `<copy>/<exporter>`, both by index, in the order they came. */
  bodies: Map<string, string[]>;
  close(): Promise<void>;
}

export async function openSinks(): Promise<Sinks> {
  const bodies = new Map<string, string[]>();
  const server = createServer((request, response) => {
    const index = (request.url ?? "").split("/").slice(1, 3).join("/");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const texts = bodies.get(index) ?? [];
      texts.push(Buffer.concat(chunks).toString());
      bodies.set(index, texts);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
