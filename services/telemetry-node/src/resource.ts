/**
 * Who sends: attributes that need no waiting and no network. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what is found
 * here; OTEL_NODE_RESOURCE_DETECTORS adds the detectors of auto-instrumentations-node (container, cloud, ...).
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch, hostname } from "node:os";
import { dirname, join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import { getResourceDetectors } from "@opentelemetry/auto-instrumentations-node";
import { defaultResource, detectResources, envDetector, resourceFromAttributes, type Resource } from "@opentelemetry/resources";

export function createResource(env: NodeJS.ProcessEnv): Resource {
  const application = describeApplication(process.argv[1] ?? join(process.cwd(), "-"));
  const own = resourceFromAttributes({
    ...(application.name ? { "service.name": application.name } : {}),
    ...(application.version ? { "service.version": application.version } : {}),
    "service.instance.id": randomUUID(),
    "host.name": hostname(),
    "host.arch": arch() === "x64" ? "amd64" : arch(),
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
  });
  const detectors = env["OTEL_NODE_RESOURCE_DETECTORS"] ? getResourceDetectors() : [];
  const resource = defaultResource().merge(own).merge(detectResources({ detectors })).merge(detectResources({ detectors: [envDetector] }));
  if (isMainThread) return resource;
  // Each thread counts for itself: one identity for two sets of counters would make both wrong.
  const instance = resource.attributes["service.instance.id"];
  return resource.merge(resourceFromAttributes({ "service.instance.id": `${String(instance)}-thread-${threadId}` }));
}

/** Name and version from the nearest package.json with a name, upwards from the entry file. */
export function describeApplication(entry: string): { name?: string; version?: string } {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown; version?: unknown };
      if (typeof name === "string" && name !== "") return { name, ...(typeof version === "string" ? { version } : {}) };
    } catch {
      // None here, or not one to read: further up.
    }
    if (folder === dirname(folder)) return {};
  }
}
