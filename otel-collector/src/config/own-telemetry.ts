import { type Environment, fillIn } from "./environment.ts";
import { isTree, namesAt, type Tree, treeAt } from "./merge.ts";
import { endpointsIn, typeOf } from "./topology.ts";

/** Where the Collector serves its own metrics for Prometheus, as host:port. Without a word about it: localhost:8888. */
export function ownMetricsAddresses(config: Tree, env: Environment): string[] {
  const metrics = treeAt(treeAt(treeAt(config, "service"), "telemetry"), "metrics");
  if (metrics["level"] === "none") return [];
  const addresses = (value: unknown): string[] => endpointsIn({ endpoint: value }, env);
  if (typeof metrics["address"] === "string") return addresses(metrics["address"]);
  if (!Array.isArray(metrics["readers"])) return ["127.0.0.1:8888"];
  return metrics["readers"].flatMap((reader) => {
    const prometheus = treeAt(treeAt(treeAt(reader, "pull"), "exporter"), "prometheus");
    if (prometheus["port"] === undefined) return [];
    return addresses(`${String(prometheus["host"] ?? "localhost")}:${String(prometheus["port"])}`);
  });
}

/** Address at which the enabled health_check extension answers 200 when the Collector is up. */
export function healthUrl(config: Tree, env: Environment): string | undefined {
  const id = namesAt(config["service"], "extensions").find((each) => typeOf(each) === "health_check");
  if (id === undefined) return undefined;
  const body = treeAt(config, "extensions")[id];
  const settings = isTree(body) ? body : {};
  if ("tls" in settings) return undefined;
  const address = endpointsIn({ endpoint: settings["endpoint"] ?? "localhost:13133" }, env)[0];
  const path = typeof settings["path"] === "string" ? fillIn(settings["path"], env) : "/";
  return address === undefined || address.startsWith("unix:") ? undefined : `http://${address}${path}`;
}
