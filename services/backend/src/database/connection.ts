import { setTimeout as sleep } from "node:timers/promises";
import { Client, Pool } from "pg";
import { migrate } from "./migrations.ts";
import { isDatabaseUnavailable } from "./unavailable.ts";

export interface DatabaseOptions {
  databaseUrl: string;
  databasePoolMax: number;
  /** How long to wait for the database at start. */
  databaseWaitMs: number;
}

const connectTimeout_ms = 3_000;
const queryTimeout_ms = 5_000;

/**
 * Waits for the database, brings its schema up to date and opens the pool.
 * @throws Error with one line for the user when the database stays away or refuses
 */
export async function openDatabase(options: DatabaseOptions, signal?: AbortSignal): Promise<Pool> {
  const server = await prepare(options, signal);
  const { hostname, port, pathname } = new URL(options.databaseUrl);
  const pool = new Pool({
    connectionString: options.databaseUrl,
    // Said again in parts: the name under which instrumentation shows the pool is made of these.
    host: hostname,
    port: Number(port) || 5432,
    database: decodeURIComponent(pathname.slice(1)) || "postgres",
    max: server.serial ? 1 : options.databasePoolMax,
    connectionTimeoutMillis: connectTimeout_ms,
    query_timeout: queryTimeout_ms,
    idleTimeoutMillis: 30_000,
    application_name: "helloagents-backend",
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", (error) => console.error(`database connection lost: ${error.message}`));
  return pool;
}

async function prepare(options: DatabaseOptions, signal?: AbortSignal): Promise<{ serial: boolean }> {
  const deadline = Date.now() + options.databaseWaitMs;
  for (let pause_ms = 100, said = false; ; pause_ms = Math.min(pause_ms * 2, 2_000)) {
    const client = new Client({ connectionString: options.databaseUrl, connectionTimeoutMillis: connectTimeout_ms, query_timeout: 30_000 });
    client.on("error", () => undefined); // the query under way reports it
    try {
      await client.connect();
      await migrate(client);
      return { serial: await isSerial(client) };
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw new Error(`the database at ${place(options)} refuses: ${(error as Error).message} (setting DATABASE_URL)`, { cause: error });
      if (Date.now() + pause_ms > deadline) {
        throw new Error(`no database at ${place(options)} after ${options.databaseWaitMs / 1_000} s: ${reason(error)} (settings DATABASE_URL, DATABASE_WAIT_MS)`, { cause: error });
      }
      if (!said) console.error(`waiting for the database at ${place(options)}: ${reason(error)}`);
      said = true;
    } finally {
      await client.end().catch(() => undefined);
    }
    await sleep(pause_ms, undefined, signal === undefined ? {} : { signal });
  }
}

/**
 * PGlite's socket server runs all connections in one PostgreSQL session and takes their messages in turn, so two
 * connections overwrite each other's unnamed statement (electric-sql/pglite#1046). It is known by its compiler.
 */
async function isSerial(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ version: string }>("SELECT version()");
  return /emcc|emscripten|pglite/i.test(rows[0]?.version ?? "");
}

/** Host and port without user and password. */
function place(options: DatabaseOptions): string {
  return URL.parse(options.databaseUrl)?.host || "DATABASE_URL";
}

function reason(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
