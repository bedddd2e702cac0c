import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultPorts } from "./ports.ts";
import { writePrometheusFolder } from "./run-folder.ts";

const monitoring = resolve(import.meta.dirname, "../../../monitoring");
const folder = mkdtempSync(join(tmpdir(), "helloagents-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([defaultPorts.console, 3999])("links in alerts begin with the address of the console on port %i, and all else is as committed", (port) => {
  const config = parse(readFileSync(writePrometheusFolder(folder, monitoring, { ...defaultPorts, console: port, backend: 8123 }), "utf8")) as { global: { external_labels: Record<string, string> } };
  expect(config.global.external_labels).toEqual({ console_url: `http://localhost:${port}` });
  const committed = parse(readFileSync(join(monitoring, "prometheus/prometheus.yml"), "utf8")) as typeof config;
  expect({ ...config, global: { ...config.global, external_labels: committed.global.external_labels } }).toEqual(committed);
  expect(readFileSync(join(folder, "targets/helloagents-api.yml"), "utf8")).toBe('- targets: ["localhost:8123"]\n');
  for (const name of ["alerts", "rules", "generated"]) expect(realpathSync(join(folder, name))).toBe(join(monitoring, "prometheus", name));
});
