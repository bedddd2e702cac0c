import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readAlerts } from "./alerts.ts";
import { readGolden } from "./golden.ts";
import { readParts } from "./parts.ts";

let server: Server | undefined;
afterEach(() => server?.close());

/** Stands for Prometheus or Alertmanager: `answer` gets the address asked for. */
async function serve(answer: (url: URL) => unknown): Promise<string> {
  server = createServer((req, res) => {
    const body = answer(new URL(req.url ?? "/", "http://x"));
    res.writeHead(typeof body === "string" ? 503 : 200).end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server?.once("listening", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const NOW = 1_700_000_000_000;
const series = (value: string, endS = NOW / 1000) => ({ data: { result: [{ values: [[endS - 60, "1"], [endS - 30, "NaN"], [endS, value]] }] } });

test("key figures are judged by the objectives; old, missing and odd values are unknown", async () => {
  const url = await serve(({ pathname, searchParams }) => {
    const query = searchParams.get("query") ?? "";
    if (pathname === "/api/v1/targets") return { data: { activeTargets: [{ labels: { job: "a", instance: "h:1" }, health: "down", lastError: "refused" }] } };
    if (query.startsWith("histogram_quantile")) return series("0.3");
    if (query.includes("5..")) return series("0.06");
    if (query.includes("memory")) return series("0.5", NOW / 1000 - 600);
    if (query.includes("pool_available")) return series("2");
    if (query.includes("pool_size")) return series("4");
    return { data: { result: [] } };
  });
  const golden = await readGolden(url, () => NOW);
  expect(golden.problem).toBeUndefined();
  expect(golden.targets).toEqual([{ job: "a", instance: "h:1", health: "down", lastError: "refused" }]);
  expect(golden.signals.map(({ name, value, state, of }) => [name, value, state, of])).toEqual([
    ["traffic", null, "unknown", undefined],
    ["errors", 0.06, "bad", undefined],
    ["latency", 0.3, "warning", undefined],
    ["saturation", null, "unknown", undefined],
    ["pool", 2, "good", 4],
  ]);
  expect(golden.signals[2]?.points).toEqual([[NOW / 1000 - 60, 1], [NOW / 1000, 0.3]]);
});

test("a Prometheus that is ill, or something else on its port, is named", async () => {
  expect((await readGolden(await serve(() => "starting up"))).problem).toMatch(/^Prometheus at http:\S+ cannot be asked: it answered 503: starting up\.$/);
  server?.close();
  expect((await readAlerts(await serve(() => ({ hello: 1 })))).problem).toContain("something else may be listening there");
});

const alert = (alertname: string, severity: string, state: string) => ({ labels: { alertname, severity }, annotations: { summary: "s", runbook_url: "http://r" }, startsAt: "2026-01-01T00:00:00Z", fingerprint: alertname, status: { state, silencedBy: state === "suppressed" ? ["x"] : [], inhibitedBy: [] } });

test("one that takes the connection and says nothing is given up on", async () => {
  server = createServer(() => undefined).listen(0, "127.0.0.1");
  await new Promise((done) => server?.once("listening", done));
  const { problem } = await readAlerts(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(problem).toContain("it did not answer within 2 s");
  server.closeAllConnections();
});

test("alerts: the worst first, silenced ones last", async () => {
  const url = await serve(() => [alert("Quiet", "critical", "suppressed"), alert("Slow", "warning", "active"), alert("Down", "critical", "active")]);
  const { alerts } = await readAlerts(url);
  expect(alerts.map(({ name, silenced }) => [name, silenced])).toEqual([["Down", false], ["Slow", false], ["Quiet", true]]);
  expect(alerts[0]).toMatchObject({ summary: "s", runbookUrl: "http://r", severity: "critical" });
});

test("parts: the file as it is; missing or broken ones are named", async () => {
  const dir = mkdtempSync(join(tmpdir(), "parts-"));
  const file = join(dir, "state.json");
  expect((await readParts(file)).problem).toContain(file);
  writeFileSync(file, "{");
  expect((await readParts(file)).problem).toContain("cannot be read");
  writeFileSync(file, JSON.stringify({ parts: [{ name: "a", state: "ready" }], ready: true, links: [{ name: "ok", url: "http://x" }, { name: "bad", url: "javascript:1" }] }));
  expect(await readParts(file)).toEqual({ parts: [{ name: "a", state: "ready" }], ready: true, links: [{ name: "ok", url: "http://x" }] });
  rmSync(dir, { recursive: true });
});
