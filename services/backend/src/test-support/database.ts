import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

export interface TestDatabase {
  url: string;
  /** Takes the server away, as when it is stopped; the data stays. */
  stop(): Promise<void>;
  /** Brings it back on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A real PostgreSQL (PGlite) behind its socket server, on a free port. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const db = await PGlite.create();
  let { server, port } = await listen(db);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    async restart() {
      ({ server } = await listen(db, port));
    },
    async close() {
      await server.stop();
      await db.close();
    },
  };
}

/**
 * Listens on the wanted port, or on one that the system gives nobody by itself (Linux gives those from 32768 on): while the server is away
 * in a test, the port stays free for its return.
 */
async function listen(db: PGlite, wanted?: number): Promise<{ server: PGLiteSocketServer; port: number }> {
  for (;;) {
    const port = wanted ?? 20_000 + Math.floor(Math.random() * 12_000);
    const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port, maxConnections: 20 });
    try {
      await server.start();
      return { server, port };
    } catch (error) {
      if (wanted !== undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}
