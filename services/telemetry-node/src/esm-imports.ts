/**
 * CommonJS packages that an ES module imports (`import express from "express"`). Instrumentations see what is `require`d; Node loads
 * such imports past that. Here the package is required once more right after Node has loaded it and before the importer runs, so
 * the instrumentation patches the same exports. Nothing is rewritten and nothing is loaded earlier than without us.
 * Packages that are ES modules themselves are not reached.
 */
import { createRequire, Module } from "node:module";
import { isAbsolute, sep } from "node:path";
import { diag } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";

type Load = (this: unknown, request: string, parent: unknown, isMain: boolean) => unknown;

export function watchEsmImports(instrumentations: Instrumentation[]): void {
  const names = new Set(instrumentations.flatMap((one) => ((one as { _modules?: { name: string }[] })._modules ?? []).map(({ name }) => name)));
  const loader = Module as unknown as { _load?: Load };
  const load = loader._load;
  if (typeof load !== "function") return;
  const require = createRequire(__filename);
  loader._load = function _load(request, parent, isMain) {
    const exports = load.call(this, request, parent, isMain);
    // Without a parent: loaded on behalf of an import.
    if (!parent && !isMain && isAbsolute(request) && names.has(packageOf(request))) {
      try {
        require(request);
      } catch (error) {
        diag.error(`helloagents-telemetry: could not instrument ${request}`, error);
      }
    }
    return exports;
  };
}

/** `pg` for `/app/node_modules/pg/lib/index.js`, `@scope/name` for a scoped package, "" outside node_modules. */
function packageOf(file: string): string {
  const parts = file.split(sep);
  const start = parts.lastIndexOf("node_modules") + 1;
  if (start === 0) return "";
  const first = parts[start] ?? "";
  return first.startsWith("@") ? `${first}/${parts[start + 1] ?? ""}` : first;
}
