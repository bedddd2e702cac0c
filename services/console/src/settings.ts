import { resolve } from "node:path";

/** Everything the console is told from outside. Ports may be 0 (any free port). */
export type Settings = {
  host: string;
  port: number;
  smtpPort: number;
  prometheusUrl: string;
  alertmanagerUrl: string;
  partsFile: string | undefined;
  runbooksDir: string;
  dashboardsDir: string;
  /** Folder with the built page (`npm run build -w services/console`). */
  pageDir: string;
};

/** A setting that cannot be used; the message names the variable, its value and what is expected. */
export class SettingError extends Error {}

const partDir = resolve(import.meta.dirname, "..");

/** Reads the settings from environment variables (README.md has the table). Throws {@link SettingError}. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  return {
    host: text(env, "HOST", "127.0.0.1"),
    port: port(env, "PORT", 3000),
    smtpPort: port(env, "SMTP_PORT", 3025),
    prometheusUrl: httpUrl(env, "PROMETHEUS_URL", "http://127.0.0.1:9090"),
    alertmanagerUrl: httpUrl(env, "ALERTMANAGER_URL", "http://127.0.0.1:9093"),
    partsFile: env["PARTS_FILE"]?.trim() || undefined,
    runbooksDir: resolve(text(env, "RUNBOOKS_DIR", resolve(partDir, "../../monitoring/runbooks"))),
    dashboardsDir: resolve(text(env, "DASHBOARDS_DIR", resolve(partDir, "../../monitoring/grafana/dashboards"))),
    pageDir: resolve(text(env, "PAGE_DIR", resolve(partDir, "dist"))),
  };
}

function text(env: Record<string, string | undefined>, name: string, fallback: string): string {
  return env[name]?.trim() || fallback;
}

function port(env: Record<string, string | undefined>, name: string, fallback: number): number {
  const given = text(env, name, String(fallback));
  const value = Number(given);
  if (!/^\d+$/.test(given) || value > 65_535) throw new SettingError(`${name}=${given} is not a port: give a number from 0 to 65535`);
  return value;
}

function httpUrl(env: Record<string, string | undefined>, name: string, fallback: string): string {
  const given = text(env, name, fallback);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new SettingError(`${name}=${given} is not an address: give one like ${fallback}`);
  }
  return given.replace(/\/+$/, "");
}
