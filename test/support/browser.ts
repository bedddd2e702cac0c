import { execFileSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

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
