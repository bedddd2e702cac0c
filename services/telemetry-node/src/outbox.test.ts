import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createOutbox } from "./outbox.ts";
import type { Destination } from "./otlp-settings.ts";

function destination(port: number): Destination {
  return { signal: "logs", url: `http://127.0.0.1:${port}/v1/logs`, headers: {}, encoding: "json", gzip: false, timeoutMs: 5_000, tls: {} };
}

test("holds its bound in bytes by dropping the oldest", () => {
  const outbox = createOutbox(destination(9), 10);
  outbox.hold(true);
  for (const letter of ["a", "b", "c", "d"]) outbox.add(Buffer.from(letter.repeat(4)));
  expect(outbox.takeAll().map(String)).toEqual(["cccc", "dddd"]);
  outbox.add(Buffer.from("e".repeat(11)));
  expect(outbox.takeAll()).toEqual([]);
});

test("sends one request at a time, in order, and forgets what was taken", async () => {
  const bodies: string[] = [];
  let atOnce = 0;
  let most = 0;
  const server = createServer((request, response) => {
    most = Math.max(most, ++atOnce);
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      setImmediate(() => {
        atOnce -= 1;
        response.end();
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const outbox = createOutbox(destination((server.address() as AddressInfo).port), 1_000);
  for (const text of ["1", "2", "3"]) outbox.add(Buffer.from(text));
  await expect.poll(() => bodies, { timeout: 20_000 }).toEqual(["1", "2", "3"]);
  expect(most).toBe(1);
  await expect.poll(() => outbox.takeAll(), { timeout: 20_000 }).toEqual([]);
  server.closeAllConnections();
  server.close();
});
