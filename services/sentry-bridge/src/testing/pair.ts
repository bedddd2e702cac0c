import { onTestFinished } from "vitest";
import { startBridge, type TestBridge } from "./bridge.ts";
import { type FakeSentry, startFakeSentry } from "./fake-sentry.ts";

/** Stops it when the test has ended. */
export function forTest<T extends { stop: () => Promise<void> }>(started: T): T {
  onTestFinished(started.stop);
  return started;
}

/** A Sentry and a bridge before it until the test ends: services' exceptions go to its project 1, pages' to its project 2. */
export async function startPair(env: Record<string, string> = {}): Promise<{ sentry: FakeSentry; bridge: TestBridge }> {
  const sentry = forTest(await startFakeSentry());
  return { sentry, bridge: await startBeside(sentry, env) };
}

/** A further bridge before the same Sentry. */
export async function startBeside(sentry: FakeSentry, env: Record<string, string> = {}): Promise<TestBridge> {
  return forTest(await startBridge({ SENTRY_DSN: sentry.dsn("1"), VITE_SENTRY_DSN: sentry.dsn("2"), ...env }));
}
