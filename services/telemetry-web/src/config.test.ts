import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";

const page = "https://shop.example/cart?x=1";

test("fills in defaults and resolves the endpoint against the page", () => {
  expect(parseConfig('{"serviceName":"web","propagateTo":["https://api.example/v1"]}', page)).toEqual({
    serviceName: "web",
    serviceVersion: "",
    environment: "",
    endpoint: "https://shop.example/telemetry",
    propagateTo: ["https://api.example"],
    routes: [],
  });
});

test.each([
  [null, "no <script"],
  ["{", "not JSON"],
  ["[]", "JSON object"],
  ["{}", '"serviceName"'],
  ['{"serviceName":"w","endpoint":"ftp://x"}', '"endpoint"'],
  ['{"serviceName":"w","propagateTo":["api.example"]}', '"propagateTo"'],
  ['{"serviceName":"w","propagateTo":["*"]}', '"propagateTo"'],
  ['{"serviceName":"w","routes":"/"}', '"routes"'],
])("%s is refused and the message names the field", (text, message) => {
  expect(() => parseConfig(text, page)).toThrow(message);
});
