import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createDestinations } from "./delivery/destinations.ts";
import type { Upstream } from "./delivery/upstream.ts";
import { parseDsn } from "./dsn.ts";
import type { AttributeValue } from "./otlp/model.ts";
import { readRoutes } from "./routes.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bridge-routes-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

let files = 0;
function read(text: string): ReturnType<typeof readRoutes> {
  const path = join(FOLDER, `routes-${++files}.json`);
  writeFileSync(path, text);
  return readRoutes(path, "SETTING");
}

const dsn = (project: number): string => `https://sEcReT@sentry.example/${project}`;

/** The project that each resource goes to, with `?` when no route names it. */
function projects(text: string, resources: Record<string, AttributeValue>[]): string[] {
  const destinations = createDestinations({ dsn: parseDsn(dsn(1), "x"), pageDsn: parseDsn(dsn(2), "x"), routes: read(text) }, () => ({}) as Upstream);
  return resources.map((resource) => {
    const { dsn: to, known } = destinations.of(new Map(Object.entries(resource)));
    return to.projectId + (known ? "" : "?");
  });
}

test("by service first, then by other attributes in the order of the file, then the default", () => {
  const file = JSON.stringify({ "team.name=payments": dsn(3), "k8s.namespace.name=shop": dsn(4), checkout: dsn(5), "service.name=a=b": dsn(6), "shard=7": dsn(7) });
  expect(
    projects(file, [
      { "service.name": "checkout", "team.name": "payments" },
      { "service.name": "billing", "team.name": "payments", "k8s.namespace.name": "shop" },
      { "service.name": "cart", "k8s.namespace.name": "shop" },
      { "service.name": "a=b" },
      { shard: 7 },
      { "service.name": "unknown", "team.name": "other" },
      {},
      { "telemetry.sdk.language": "webjs" },
      { "telemetry.sdk.language": "webjs", "team.name": "payments" },
    ]),
  ).toEqual(["5", "3", "4", "6", "7", "1?", "1?", "2", "3"]);
});

test("a sender cannot bring a DSN of its own", () => {
  const attributes = ["sentry.dsn", "SENTRY_DSN", "dsn"].map((name) => ({ "service.name": "x", [name]: "https://k@evil.example/9" }));
  expect(projects("{}", attributes)).toEqual(["1", "1", "1"]);
});

test("a byte order mark, as editors of Windows write it, is no fault", () => {
  expect(projects('\uFEFF{"shop": "https://k@h/5"}', [{ "service.name": "shop" }])).toEqual(["5"]);
});

test.each([
  ['{"shop": "https://k@h/1",\n"cart": }', /routes-\d+\.json:2 \(SETTING\) is not JSON; the file reads \{"<service\.name>": "<DSN>"/],
  ["", /:1 \(SETTING\) is not JSON/],
  ["[]", /is not an object/],
  ['{\n  "shop": "https://sEcReT@h"\n}', /:2 \(SETTING\): the DSN of "shop" has no project id after the host; a DSN reads https:/],
  ['{\n\n  "team.name=x": {"dsn": "https://sEcReT@h/1"}\n}', /:3 \(SETTING\): the DSN of "team\.name=x" is not a text/],
  ['{"team.name=": "https://sEcReT@h/1"}', /:1 \(SETTING\): "team\.name=" names no route; write a service\.name, or/],
  ['{"=x": "https://sEcReT@h/1"}', /names no route/],
  ['{"": "https://sEcReT@h/1"}', /names no route/],
  [JSON.stringify(Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`s${n}`, "https://k@h/1"]))), /names 501 routes; 500 is the most/],
])("a bad file is named with line, key and remedy, and no key is shown: %#", (text, message) => {
  let error = "";
  try {
    read(text);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  expect(error).toMatch(message);
  expect(error).not.toContain("sEcReT");
  expect(error).not.toContain("\n");
});
