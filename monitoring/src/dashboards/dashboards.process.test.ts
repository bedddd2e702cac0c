import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findProgram } from "../binaries.ts";
import { expressionsOf, readDashboards, type Committed } from "./committed.ts";
import { deployExpression } from "./frame.ts";

const folder = mkdtempSync(join(tmpdir(), "helloagents-dashboards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What promtool says, whether it is content or not. */
function promtool(...args: string[]): string {
  try {
    return execFileSync(findProgram("promtool"), args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

test("promtool finds every expression right in its types", () => {
  const rules = readDashboards().flatMap(expressionsOf).map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
  writeFileSync(join(folder, "rules.json"), JSON.stringify({ groups: [{ name: "panels", rules }] }));
  expect(promtool("check", "rules", "rules.json")).toContain(`SUCCESS: ${rules.length} rules found`);
  // The check can fail: the same rate of a rate.
  writeFileSync(join(folder, "wrong.json"), JSON.stringify({ groups: [{ name: "panels", rules: [{ record: "a:b", expr: "rate(rate(up[5m]))" }] }] }));
  expect(promtool("check", "rules", "wrong.json")).toContain("expected type range vector");
});

function info(version: string, values: string): object {
  return { series: `target_info{job="api",instance="${version}",service_version="${version}"}`, values };
}

function deploysAt(at: string, versions: string[]): object {
  return { expr: deployExpression, eval_time: at, exp_samples: versions.map((version) => ({ labels: `{job="api",service_version="${version}"}`, value: 1 })) };
}

test("a deploy is a new version of a service that was there before", () => {
  writeFileSync(join(folder, "deploys.json"), JSON.stringify({
    rule_files: [],
    evaluation_interval: "1m",
    tests: [{
      interval: "1m",
      input_series: [info("1.0", "1x20 stale"), info("1.1", "_x20 1x40")],
      promql_expr_test: [deploysAt("2m", []), deploysAt("15m", []), deploysAt("21m", ["1.1"]), deploysAt("40m", [])],
    }],
  }));
  expect(promtool("test", "rules", "deploys.json")).toContain("SUCCESS");
});

/** A program whose types are right when every dashboard has the shape that the SDK describes: an unknown key or word is an error. */
function asProgram(dashboards: Committed[]): string {
  const kinds = ["bargauge", "gauge", "heatmap", "stat", "table", "text", "timeseries"];
  const lines = [
    'import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";',
    'import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";',
    ...kinds.map((kind) => `import type * as ${kind} from "@grafana/grafana-foundation-sdk/${kind}";`),
    // JSON has words where the SDK has enums, and no methods.
    "type Json<T> = unknown extends T ? T : T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends (infer I)[] ? Json<I>[]",
    "  : { [K in keyof T as T[K] extends () => void ? never : K]: Json<T[K]> };",
  ];
  const holds = (value: unknown, type: string): void => void lines.push(`(${JSON.stringify(value)}) satisfies Json<${type}>;`);
  for (const { panels, ...dashboard } of dashboards) {
    holds(dashboard, 'Omit<Dashboard, "panels">');
    for (const { options, targets = [], ...panel } of panels.filter(({ type }) => type !== "row")) {
      holds(panel, 'Omit<Panel, "options" | "targets">');
      holds(options, `${panel.type}.Options`);
      holds(panel.fieldConfig?.defaults.custom ?? {}, ["timeseries", "table"].includes(panel.type) ? `${panel.type}.FieldConfig` : "object");
      for (const target of targets) holds(target, "Dataquery");
    }
  }
  return lines.join("\n");
}

/** What TypeScript says of a program in this folder. */
function typeErrors(program: string): string {
  const file = join(import.meta.dirname, `.committed-${process.pid}.ts`);
  writeFileSync(file, program);
  try {
    execFileSync(process.execPath, [typescript, "--noEmit", "--strict", "--module", "nodenext", "--moduleResolution", "nodenext", "--skipLibCheck", "--ignoreConfig", file], { encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(file);
  }
}

const typescript = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

test("Grafana's own types describe every dashboard", () => {
  const dashboards = readDashboards();
  expect(typeErrors(asProgram(dashboards))).toBe("");
  // The check can fail: a word that Grafana does not know.
  const wrong = JSON.parse(JSON.stringify(dashboards[0]).replaceAll('"lastNotNull"', "7").replaceAll('"graphMode":"area"', '"graphMode":"aera"')) as Committed;
  expect(typeErrors(asProgram([wrong]))).toMatch(/aera[\s\S]*|not assignable/);
});
