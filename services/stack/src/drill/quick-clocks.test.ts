import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import type { Places } from "./places.ts";
import { quickenClocks } from "./quick-clocks.ts";

const rules = `# why
groups:
  - name: g
    rules:
      - {alert: Slow, expr: 'rate(a[5m]) / rate(b[5m]) > 1', for: 10m}
      - {alert: Other, expr: 'rate(c[5m]) > 1', for: 10m}
`;
const routes = "route: {receiver: r, group_wait: 30s, group_interval: 5m, repeat_interval: 2h, routes: [{group_wait: 10s}]}\nreceivers: [{name: r}]\n";

let data: string;
let server: Server;
let places: Places;
let reloads: string[];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "quick-"));
  mkdirSync(join(data, "committed"));
  writeFileSync(join(data, "committed/alerts.yml"), rules);
  mkdirSync(join(data, "run/prometheus"), { recursive: true });
  symlinkSync(join(data, "committed"), join(data, "run/prometheus/alerts"));
  mkdirSync(join(data, "run/alertmanager"));
  writeFileSync(join(data, "run/alertmanager/alertmanager.yml"), routes);
  reloads = [];
  server = createServer((request, response) => {
    reloads.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  places = { backend: url, prometheus: url, alertmanager: url, console: url };
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(data, { recursive: true });
});

const inForce = () => parse(readFileSync(join(data, "run/prometheus/alerts/alerts.yml"), "utf8")).groups[0];

test("one alert's clocks run fast, and the waits of the routes; the rest stays, and the committed files are not touched", async () => {
  const { restore } = await quickenClocks(data, "Slow", places);
  expect(inForce()).toEqual({ name: "g", interval: "2s", rules: [{ alert: "Slow", expr: "rate(a[1m]) / rate(b[1m]) > 1", for: "5s" }, { alert: "Other", expr: "rate(c[5m]) > 1", for: "10m" }] });
  expect(parse(readFileSync(join(data, "run/alertmanager/alertmanager.yml"), "utf8")).route).toEqual({ receiver: "r", group_wait: "1s", group_interval: "5s", repeat_interval: "2h", routes: [{ group_wait: "1s" }] });
  expect(readFileSync(join(data, "committed/alerts.yml"), "utf8")).toBe(rules);
  expect(reloads).toEqual(["POST /-/reload", "POST /-/reload"]);
  await restore();
  expectOriginals();
  expect(reloads).toHaveLength(4);
});

test("what a killed drill left is put back by the next", async () => {
  await quickenClocks(data, "Slow", places);
  const { restore } = await quickenClocks(data, "Other", places);
  expect(inForce().rules.map((rule: { for: string }) => rule.for)).toEqual(["10m", "5s"]);
  await restore();
  expectOriginals();
});

test("an alert that is in no file changes nothing", async () => {
  await expect(quickenClocks(data, "Gone", places)).rejects.toThrow(/no file of .*committed has the alert Gone/);
  expectOriginals();
});

function expectOriginals(): void {
  expect(lstatSync(join(data, "run/prometheus/alerts")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(data, "run/prometheus/alerts/alerts.yml"), "utf8")).toBe(rules);
  expect(readFileSync(join(data, "run/alertmanager/alertmanager.yml"), "utf8")).toBe(routes);
}
