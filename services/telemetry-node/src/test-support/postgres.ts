/** Speaks as much of the PostgreSQL protocol as `SELECT 1` needs. */
import net, { type AddressInfo } from "node:net";

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const READY = message("Z", Buffer.from("I"));
const ONE_ROW = Buffer.concat([
  message("T", Buffer.from([0, 1]), Buffer.from("one\0"), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0])),
  message("D", Buffer.from([0, 1, 0, 0, 0, 1]), Buffer.from("1")),
  message("C", Buffer.from("SELECT 1\0")),
  READY,
]);

/** Returns a connection string and a way to stop. */
export async function startPostgres(): Promise<{ url: string; close(): void }> {
  const server = net.createServer((socket) => {
    let started = false;
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      if (!started) {
        started = true;
        socket.write(Buffer.concat([message("R", Buffer.from([0, 0, 0, 0])), READY]));
      } else if (data[0] === "Q".charCodeAt(0)) {
        socket.write(ONE_ROW);
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { url: `postgres://tester@127.0.0.1:${(server.address() as AddressInfo).port}/shop`, close: () => void server.close() };
}
