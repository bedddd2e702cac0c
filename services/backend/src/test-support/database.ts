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
  const listen = async (port: number): Promise<PGLiteSocketServer> => {
    const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port, maxConnections: 20 });
    await server.start();
    return server;
  };
  let server = await listen(0);
  const port = Number(server.getServerConn().split(":").at(-1));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    async restart() {
      server = await listen(port);
    },
    async close() {
      await server.stop();
      await db.close();
    },
  };
}
