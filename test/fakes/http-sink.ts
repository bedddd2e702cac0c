import { createServer, type IncomingMessage, type Server } from "node:http";
import { gunzipSync } from "node:zlib";

export interface Received {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** Stands in for any HTTP service of the outside world: records what it gets, answers what it is told to. */
export interface HttpSink {
  url: string;
  port: number;
  received: Received[];
  /** status for the next answers; "hang" never answers */
  answer: number | "hang";
  close: () => Promise<void>;
}

export async function httpSink(port = 0): Promise<HttpSink> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (sink.answer === "hang") return;
      if (sink.answer < 300) {
        const bytes = Buffer.concat(chunks);
        const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
        sink.received.push({ path: request.url ?? "", headers: request.headers, body: body.toString() });
      }
      response.writeHead(sink.answer, { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening server has a numeric port");
  const sink: HttpSink = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    received: [],
    answer: 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return sink;
}
