import { execFileSync } from "node:child_process";
import { type Browser, chromium, type Page } from "playwright-core";

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Debian's Chromium, headless; a machine without one fails here with what to do. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: findChromium(), args: flags, headless: true });
}

function findChromium(): string {
  const candidates = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === "") continue;
    try {
      return execFileSync("/bin/sh", ["-c", 'command -v "$1"', "sh", candidate], { encoding: "utf8" }).trim();
    } catch {
      // Not this one; the next may be there.
    }
  }
  throw new Error("no Chromium found: install it (Debian: apt-get install chromium) or name it in CHROMIUM");
}

/** What goes wrong in a page from now on, as its console says. A network that changes on this machine, as when a part gets one of its own, is no fault of a page. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type()) && !message.text().includes("ERR_NETWORK_CHANGED")) faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(error.message));
  return faults;
}
