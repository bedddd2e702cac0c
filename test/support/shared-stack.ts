import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { attach, type Address, type Stack, startStack } from "./stack.ts";
import { eventually } from "./eventually.ts";
import { quickMonitoring } from "./quick-monitoring.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: Address;
    printed: string;
  }
}

/** The stack that all stories share: whole, with demo traffic, and with rules that fire in seconds instead of minutes. */
export const sharedStack = (): Stack => attach(inject("stack"));

/** What `npm start` said on the terminal. */
export const printedByTheStack = (): string => inject("printed");

/** vitest globalSetup: one start for all stories, ended after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const monitoring = await quickMonitoring();
  const stack = await startStack({
    args: ["--monitoring", monitoring.folder],
    env: { OTEL_METRIC_EXPORT_INTERVAL: "2000", OTEL_BSP_SCHEDULE_DELAY: "500", OTEL_BLRP_SCHEDULE_DELAY: "500" },
  });
  project.provide("stack", { ports: stack.ports, data: stack.data, pid: stack.pid });
  await eventually("the table of addresses", async () => stack.output().includes("Ctrl-C"));
  project.provide("printed", stack.output());
  return async () => {
    await stack.stop();
    await monitoring.remove();
  };
}
