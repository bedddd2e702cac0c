import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMap, isScalar, parseDocument, visit } from "yaml";
import { repository } from "./stack.ts";

/**
 * A copy of `monitoring/` whose clocks run fast: scrapes and evaluations every second, `for` of 4 s, groups notified at once.
 * Expressions, labels, routes and templates stay as committed; the real durations are tested with promtool.
 */
export async function quickMonitoring(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "helloagents-monitoring-"));
  await cp(join(repository, "monitoring"), folder, { recursive: true, filter: (source) => !source.includes("node_modules") });
  await edit(join(folder, "prometheus/prometheus.yml"), { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" });
  for (const part of ["alerts", "rules"]) {
    const rules = join(folder, "prometheus", part);
    for (const file of await readdir(rules)) await edit(join(rules, file), { for: "4s", interval: "1s" });
  }
  await edit(join(folder, "alertmanager/alertmanager.yml"), { group_wait: "1s", group_interval: "2s", resolve_timeout: "10s" });
  return { folder, remove: async () => await rm(folder, { recursive: true, force: true }) };
}

/** Sets each named key wherever it stands; comments and everything else stay. */
async function edit(path: string, values: Record<string, string>): Promise<void> {
  const document = parseDocument(await readFile(path, "utf8"));
  visit(document, {
    Pair: (_, pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      const value = values[key];
      if (value !== undefined && !isMap(pair.value)) pair.value = document.createNode(value);
    },
  });
  await writeFile(path, document.toString());
}
