import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vite";

// The page in Chromium, for tests and for pictures.

/** Starts the machine's Chromium, headless; CHROMIUM names another. Throws with what to do when there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}: install it, or name it with CHROMIUM`);
  return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
}

/** Builds the page into a folder of the caller's own: nobody else builds there while it is read. */
export async function buildPage(outDir: string): Promise<void> {
  const root = resolve(import.meta.dirname, "../..");
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error", build: { outDir } });
}

/**
 * What goes wrong in a page from now on: what its console says, errors that nobody caught, requests to elsewhere than `ownUrl`.
 * A network that changes on this machine is no fault of a page: it asks again.
 */
export function faultsOf(page: Page, ownUrl: string): string[] {
  const faults: string[] = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type()) && !message.text().includes("ERR_NETWORK_CHANGED")) faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => { if (!request.url().startsWith(ownUrl) && !/^(data|about):/.test(request.url())) faults.push(`asked ${request.url()}`); });
  return faults;
}

/** Resolves when the section is there and nothing on it waits for an answer. A live stream never goes idle: the network cannot tell. */
export async function settled(page: Page): Promise<void> {
  await page.locator("main h1, main h2").first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy="true"]').length === 0);
}

/** Pixels by which the page is wider than its window: something sticks out. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
