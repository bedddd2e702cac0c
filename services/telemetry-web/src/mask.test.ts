import { expect, test } from "vitest";
import { foldPath, maskText, maskUrl } from "./mask.ts";

test.each([
  ["mail to ada.l+x@example.co.uk failed", "mail to **** failed"],
  ["/users/ada%40example.com/edit", "/users/****/edit"],
  ["GET https://a.example/x?token=s3cret&n=1 failed", "GET https://a.example/x?token=****&n=**** failed"],
  ["Authorization: Bearer abcdefgh12345678", "Authorization: Bearer ****"],
  ["jwt eyJhbGciOiJI.eyJzdWIiOiIx.abc-def", "jwt ****"],
  ["at run (https://a.example/app.js?v=7f3:10:15)", "at run (https://a.example/app.js?v=****:10:15)"],
  ["at f (https://a.example/react@19.1.0/index.js:1:2)", "at f (https://a.example/react@19.1.0/index.js:1:2)"],
  ["is 1 < 2 ? a = b : c", "is 1 < 2 ? a = b : c"],
])("text %s", (text, expected) => {
  expect(maskText(text)).toBe(expected);
});

test("text is bounded and hostile repeats stay fast", () => {
  expect(maskText("a".repeat(100_000)).length).toBeLessThan(17_000);
  expect(maskText(`${"a.".repeat(8_000)}@`)).toContain("a.a.");
  expect(maskText(`?${"a=".repeat(8_000)}`)).toBeTypeOf("string");
});

test("URLs lose user info, fragment and query values, and keep the names", () => {
  expect(maskUrl(new URL("https://ada:pw@a.example:8443/p/1?q=x&ada@example.com=1#access_token=abc"))).toBe("https://a.example:8443/p/1?q=****&****=****");
  expect(maskUrl(new URL("https://a.example/plain"))).toBe("https://a.example/plain");
});

test.each([
  ["/api/projects/4711/runs", "/api/projects/:id/runs"],
  ["/u/6f1c2d3e-0a1b-4c5d-8e9f-001122334455", "/u/:id"],
  ["/api/executions", "/api/executions"],
  ["/v1/chat", "/v1/chat"],
])("folded path %s", (path, expected) => {
  expect(foldPath(path)).toBe(expected);
});
