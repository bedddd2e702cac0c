import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { Settings } from "../settings.ts";
import { buildPage, launchChromium } from "./browser.ts";
import { startLocalConsole } from "./local-console.ts";

/** `url` is the console's. */
export type ConsoleInChromium = { url: string; browser: Browser; stop(): Promise<void> };

/**
 * A console with its page as built, a stand-in for what it asks, and Chromium to open it: for tests.
 * @param answer how the stand-in answers
 * @param setting names the stand-in's address for the console
 * @param dashboards by name; none: the project's own
 */
export async function consoleInChromium(answer: RequestListener, setting: "prometheusUrl" | "alertmanagerUrl", dashboards?: Record<string, object>): Promise<ConsoleInChromium> {
  const dir = mkdtempSync(join(tmpdir(), "console-"));
  const settings: Partial<Settings> = { pageDir: join(dir, "dist") };
  await buildPage(join(dir, "dist"));
  if (dashboards) settings.dashboardsDir = dir;
  for (const [name, dashboard] of Object.entries(dashboards ?? {})) writeFileSync(join(dir, `${name}.json`), JSON.stringify(dashboard));
  const standIn = createServer(answer);
  await new Promise<void>((done) => standIn.listen(0, "127.0.0.1", done));
  const local = await startLocalConsole({ ...settings, [setting]: `http://127.0.0.1:${(standIn.address() as AddressInfo).port}` });
  const stop = async (): Promise<void> => {
    await local.stop();
    standIn.close();
    standIn.closeAllConnections();
    rmSync(dir, { recursive: true });
  };
  try {
    const browser = await launchChromium();
    return { url: local.url, browser, stop: () => browser.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}
