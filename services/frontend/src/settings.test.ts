import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

test("defaults are the documented ones, on loopback", () => {
  expect(readSettings({})).toEqual({ host: "127.0.0.1", port: 5173, backendUrl: "http://127.0.0.1:8000", collectorUrl: "http://127.0.0.1:4318", trustProxy: 0, environment: "development", version: undefined });
});

test("the page's release and environment are those of the service", () => {
  const settings = readSettings({ PORT: "0", BACKEND_URL: "http://api:8000/", OTEL_RESOURCE_ATTRIBUTES: "service.version=1.2%2B3, deployment.environment.name=staging" });
  expect(settings).toMatchObject({ port: 0, backendUrl: "http://api:8000", version: "1.2+3", environment: "staging" });
});

test.each([
  [{ PORT: "http" }, "PORT"],
  [{ PORT: "70000" }, "PORT"],
  [{ TRUST_PROXY: "yes" }, "TRUST_PROXY"],
  [{ BACKEND_URL: "127.0.0.1:8000" }, "BACKEND_URL"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "grpc://x" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
])("%j is refused by name", (env, name) => {
  expect(() => readSettings(env)).toThrow(name);
});
