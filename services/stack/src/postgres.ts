import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/**
 * PostgreSQL on one machine without installing it: PGlite (PostgreSQL compiled to WebAssembly) behind a TCP socket
 * that any PostgreSQL client can use. Connections take turns, a transaction keeps its turn to the end. Unlike a real server they
 * share one session: settings (SET), temporary tables and the names of prepared statements.
 * Settings: HOST (127.0.0.1), PORT (5432; 0 takes a free one), DATA_DIR (required).
 */

/** Most connections at a time. */
const maxConnections = 50;

/** PGlite's own start parameters, with buffers for a small machine (its default of 128 MB costs as much memory). */
const startParams = ["--single", "-F", "-O", "-j"].concat(
  [
    "search_path=public",
    "exit_on_error=false",
    "log_checkpoints=false",
    "io_method=sync",
    "max_worker_processes=0",
    "max_parallel_workers=0",
    "max_parallel_workers_per_gather=0",
    "max_parallel_maintenance_workers=0",
    "shared_buffers=4MB",
    "wal_buffers=256kB",
    "max_wal_size=64MB",
  ].flatMap((setting) => ["-c", setting]),
);

const settings = {
  host: process.env["HOST"] || "127.0.0.1",
  port: readPort(process.env["PORT"] || "5432"),
  dataDir: resolve(process.env["DATA_DIR"] || fail("DATA_DIR is not set; name the folder that holds the database")),
};

if (process.argv[2] === "--create") await create(settings.dataDir);
else await serve();

async function serve(): Promise<void> {
  if (!existsSync(join(settings.dataDir, "PG_VERSION"))) await createInOwnProcess();
  const database = await PGlite.create({ dataDir: settings.dataDir, startParams });
  const server = new PGLiteSocketServer({ db: database, host: settings.host, port: settings.port, maxConnections });
  await server.start().catch((error: NodeJS.ErrnoException) =>
    fail(error.code === "EADDRINUSE" ? `port ${settings.port} is taken; set PORT to another one` : error.message),
  );
  console.log(`postgres listening on postgres://postgres@${server.getServerConn()}/postgres`);
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await server.stop();
    await database.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void end());
  process.on("SIGINT", () => void end());
}

/** Creating a database takes some 500 MB for a moment; a process of its own gives them back. */
async function createInOwnProcess(): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--create"], { stdio: "inherit" });
  const code = await new Promise<number | null>((done) => child.once("exit", done));
  if (code !== 0) fail(`the database folder ${settings.dataDir} could not be created (exit code ${String(code)})`);
}

/** Creates beside the final place and renames, so that a kill half-way leaves no half database. */
async function create(dataDir: string): Promise<void> {
  const unfinished = `${dataDir}.new-${process.pid}`;
  mkdirSync(dirname(dataDir), { recursive: true });
  const database = await PGlite.create({ dataDir: unfinished, startParams });
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(unfinished, dataDir);
}

function readPort(text: string): number {
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : fail(`PORT "${text}" is no port number`);
}

function fail(message: string): never {
  console.error(`postgres: ${message}`);
  process.exit(1);
}
