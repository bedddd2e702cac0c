import { afterAll, beforeAll, beforeEach, onTestFinished, vi } from "vitest";
import { createStandIn } from "../assistant/stand-in.ts";
import { startBackend } from "../backend.ts";
import type { Backend } from "../backend.ts";
import type { Settings } from "../settings.ts";
import { startTestDatabase } from "./database.ts";
import type { TestDatabase } from "./database.ts";
import { listen } from "./http.ts";
import type { TestServer } from "./http.ts";
import { testSettings } from "./settings.ts";

/** A backend with all it needs. Filled before the first test of the file. */
export interface TestService {
  database: TestDatabase;
  standIn: TestServer;
  backend: Backend;
  /** A further backend with the same database and assistant, until the test ends. */
  another(changes?: Partial<Settings>): Promise<Backend>;
}

/** Starts a backend for all tests of a file and ends it after them; what it says of failed requests is kept out of their output. */
export function testService(changes: Partial<Settings> = {}): TestService {
  const start = (more: Partial<Settings>): Promise<Backend> => startBackend(testSettings({ databaseUrl: service.database.url, assistantBaseUrl: `${service.standIn.url}/v1`, ...more }));
  const service = {
    async another(more = {}) {
      const other = await start(more);
      onTestFinished(() => other.close());
      return other;
    },
  } as TestService;

  beforeAll(async () => {
    service.database = await startTestDatabase();
    service.standIn = await listen(createStandIn(0));
    service.backend = await start(changes);
  });
  afterAll(async () => {
    await service.backend?.close();
    await service.standIn?.close();
    await service.database?.close();
  });
  beforeEach(() => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
  });
  return service;
}
