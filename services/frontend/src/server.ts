import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp } from "./app.ts";
import { readSettings } from "./settings.ts";
import { installedTelemetryFile, readSite } from "./site.ts";

const endWithinMs = 4_000;
const root = join(import.meta.dirname, "..");

try {
  const settings = readSettings(process.env);
  const version = settings.version ?? (JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }).version;
  const site = await readSite(join(root, "dist"), installedTelemetryFile(), { version, environment: settings.environment });
  if (site.telemetryScript === undefined) console.warn("frontend: the page sends no telemetry, its script has not been built. Run: npm run build -w services/telemetry-web");
  listen(createApp({ ...settings, site, version }), settings.host, settings.port);
} catch (error) {
  fail((error as Error).message);
}

function listen(app: ReturnType<typeof createApp>, host: string, port: number): void {
  const server = app.listen(port, host, (error?: NodeJS.ErrnoException) => {
    if (error?.code === "EADDRINUSE") return fail(`port ${port} on ${host} is taken. End what uses it or set PORT to another one.`);
    if (error) return fail(`cannot listen on ${host}:${port}: ${error.message}`);
    const address = server.address();
    console.log(`frontend listening on http://${host}:${typeof address === "object" ? address?.port : port}`);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(0), endWithinMs).unref();
    });
  }
}

function fail(message: string): never {
  console.error(`frontend: ${message}`);
  process.exit(1);
}
