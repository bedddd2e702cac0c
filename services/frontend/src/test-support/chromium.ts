import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

/** Starts the machine's Chromium for a test; nothing is downloaded. Throws with what to install when there is none. */
export function launchChromium(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: findChromium(), headless: true, args });
}

function findChromium(): string {
  const { CHROMIUM, PATH = "" } = process.env;
  const candidates = CHROMIUM ? [CHROMIUM] : PATH.split(delimiter).flatMap((folder) => ["chromium", "google-chrome", "chromium-browser"].map((name) => join(folder, name)));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(CHROMIUM ? `CHROMIUM=${CHROMIUM} cannot be executed.` : "No Chromium for the browser tests: install `chromium` (or google-chrome), or name one with the environment variable CHROMIUM.");
}
