import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startTraffic } from "./traffic.ts";

test("users sign in with the API's own requests, bear a backend that cuts them off, and stop when told", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (seen.length === 1) request.socket.destroy();
    else response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ token: "t" }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const traffic = startTraffic(url);
  const deadline = Date.now() + 45_000;
  while (!seen.some((line) => line !== "POST /api/sessions") && Date.now() < deadline) await new Promise((resume) => setTimeout(resume, 50));
  await traffic.stop();
  // What was on its way when it was stopped is here by now, too.
  await fetch(`${url}/after-the-stop`);
  const requests = seen.length;
  expect(seen.slice(0, 3)).toEqual(["POST /api/sessions", "POST /api/sessions", "POST /api/sessions"]);
  expect(requests).toBeGreaterThan(3);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(seen).toHaveLength(requests);
});
