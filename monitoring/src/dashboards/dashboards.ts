import type { Facts } from "./facts.ts";
import { dashboard } from "./frame.ts";
import { apiPerformance } from "./pages/api-performance.ts";
import { overview } from "./pages/overview.ts";
import { pipelineHealth } from "./pages/pipeline-health.ts";
import { sandboxMetrics } from "./pages/sandbox-metrics.ts";
import { sloDashboard } from "./pages/slo-dashboard.ts";
import { webVitals } from "./pages/web-vitals.ts";

/** Grafana's JSON of every dashboard by file name, `<uid>.json`. */
export function generateDashboards(facts: Facts): Map<string, string> {
  const pages = [overview(facts), apiPerformance(facts), sandboxMetrics(facts), sloDashboard(facts), pipelineHealth(), webVitals()];
  return new Map(pages.map((page) => [`${page.uid}.json`, dashboard(page, facts.consoleUrl)]));
}
