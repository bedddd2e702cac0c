import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { pageService } from "./page-telemetry.ts";
import { routes } from "./routes.ts";

/** Where the telemetry configuration goes in index.html: before every script. */
const placeholder = "<!--telemetry-->";

/** The files that the server sends besides `dist/assets`. */
export interface Site {
  /** Folder of the built page. */
  dist: string;
  /** index.html with the telemetry configuration. */
  html: string;
  /** The telemetry bundle; undefined when it has not been built. */
  telemetryScript: string | undefined;
}

/**
 * Reads the built page and puts the telemetry configuration into it.
 * @param telemetryFile path of the bundle that is served as `/telemetry.js`
 * @throws Error that says how to build when the page is missing
 */
export async function readSite(dist: string, telemetryFile: string, identity: { version: string; environment: string }): Promise<Site> {
  const html = await readFile(join(dist, "index.html"), "utf8").catch((cause: unknown) => {
    throw new Error(`The page has not been built: ${join(dist, "index.html")} is missing. Run: npm run build -w services/frontend`, { cause });
  });
  const telemetryScript = await readFile(telemetryFile, "utf8").catch(() => undefined);
  return { dist, html: withTelemetry(html, identity), telemetryScript };
}

/** The bundle of the installed package, found as data: this part runs none of its code. */
export function installedTelemetryFile(): string {
  return fileURLToPath(import.meta.resolve("@helloagents/telemetry-web/telemetry.js"));
}

/** Puts the configuration and the script in front of the page's own scripts; `defer` runs before `module` scripts that follow. */
export function withTelemetry(html: string, { version, environment }: { version: string; environment: string }): string {
  if (!html.includes(placeholder)) throw new Error(`index.html has no ${placeholder}: it marks where the telemetry configuration goes.`);
  const config = { serviceName: pageService, serviceVersion: version, environment, endpoint: "/telemetry", propagateTo: [], routes };
  // `<` could end the script element or open a comment in it.
  const json = JSON.stringify(config).replaceAll("<", "\\u003c");
  const scripts = `<script type="application/json" id="helloagents-telemetry">${json}</script>\n    <script defer src="/telemetry.js"></script>`;
  return html.replace(placeholder, () => scripts);
}
