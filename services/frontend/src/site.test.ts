import { expect, test } from "vitest";
import { installedTelemetryFile, readSite, withTelemetry } from "./site.ts";

const html = "<head><!--telemetry--><script type=module src=/a.js></script></head>";

test("the configuration stands before every script, and is what was given", () => {
  const page = withTelemetry(html, { version: "1.2.3", environment: "test" });
  expect(page.indexOf("helloagents-telemetry")).toBeLessThan(page.indexOf("/telemetry.js"));
  expect(page.indexOf("/telemetry.js")).toBeLessThan(page.indexOf("/a.js"));
  const config = JSON.parse(/<script type="application\/json" id="helloagents-telemetry">(.*?)<\/script>/.exec(page)![1]!);
  expect(config).toEqual({ serviceName: "helloagents-web", serviceVersion: "1.2.3", environment: "test", endpoint: "/telemetry", propagateTo: [], routes: ["/", "/projects/:id", "/assistant", "/help"] });
});

test("a setting cannot end the script element, nor be taken for a replacement pattern", () => {
  const page = withTelemetry(html, { version: "$&", environment: "</script><script>alert(1)" });
  expect(page).not.toContain("<script>alert");
  expect(page).toContain('"serviceVersion":"$&"');
});

test("a page that has not been built is one error that says how to build", async () => {
  await expect(readSite("/nowhere", "/nowhere/telemetry.js", { version: "1", environment: "t" })).rejects.toThrow(/\/nowhere\/index\.html is missing\. Run: npm run build -w services\/frontend/);
});

test("the telemetry bundle is found in the installed package", () => {
  expect(installedTelemetryFile()).toMatch(/telemetry-web\/dist\/telemetry\.js$/);
});
