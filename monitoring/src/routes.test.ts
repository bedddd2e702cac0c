import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findProgram } from "./binaries.ts";
import { readRules, root } from "./files.ts";

const run = promisify(execFile);
const config = "alertmanager/alertmanager.yml";

test("Alertmanager accepts its configuration and templates", async () => {
  const { stdout } = await run(findProgram("amtool"), ["check-config", config], { cwd: root });
  expect(stdout).toContain("1 templates");
  expect(stdout).not.toContain("FAILED");
});

test("every alert of ours goes where its severity says", async () => {
  for (const { alert, labels } of readRules().filter((rule) => rule.alert !== undefined && rule.alert !== "Watchdog")) {
    expect(await receiverOf({ alertname: alert!, ...labels }), alert).toBe(labels?.["severity"]);
  }
});

async function receiverOf(labels: Record<string, string>): Promise<string> {
  const args = ["config", "routes", "test", `--config.file=${config}`, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)];
  const { stdout } = await run(findProgram("amtool"), args, { cwd: root });
  return stdout.trim();
}
