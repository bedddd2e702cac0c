import type { Browser, Page } from "playwright-core";
import type { Reachable } from "./queries.ts";

/** A person signs in at the page; requests of the click are answered when this resolves. */
export async function signIn(browser: Browser, stack: Reachable): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(stack.url("frontend", "/"));
  await page.getByRole("textbox", { name: /your name/i }).fill("Ada");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /new project/i }).first().waitFor();
  return page;
}

/** Leaves the page as a link would; the tab stays open, so that what the page sends at the end can arrive. */
export async function leave(page: Page): Promise<void> {
  await page.goto("about:blank");
}
