import { expect, test } from "vitest";
import { structureOf } from "./structure.ts";

const exporter = (team: string, more = {}): object => ({ endpoint: "https://api.example:443", headers: { "x-honeycomb-team": team, "x-env": "prod" }, ...more });

test("a secret that is written out is told as changed, and never shown", () => {
  const changes = structureOf(
    { exporters: { "otlp/a": exporter("sEcReT1abcd1234efgh5678"), "otlp/gone": { endpoint: "https://user:sEcReT2@api.example", proxies: ["http://u:sEcReT3@p", "http://p"] } } },
    { exporters: { "otlp/a": exporter("sEcReT4abcd1234efgh5678", { api_key: "${env:KEY}" }) }, extensions: { bearertokenauth: { token: "sEcReT5" } } },
  );
  expect(changes).toEqual([
    { path: "exporters > otlp/a > headers > x-honeycomb-team", before: "****", after: "****" },
    { path: "exporters > otlp/a > api_key", before: undefined, after: "${env:KEY}" },
    { path: "exporters > otlp/gone", before: '{"endpoint":"****","proxies":["****","http://p"]}', after: undefined },
    { path: "extensions", before: undefined, after: '{"bearertokenauth":{"token":"****"}}' },
  ]);
});
