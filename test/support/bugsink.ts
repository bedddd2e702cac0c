import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";
import { freePorts } from "./ports.ts";
import { json } from "./queries.ts";

const run = promisify(execFile);

const start_ms = 120_000;

export interface BugsinkProject {
  id: number;
  slug: string;
  dsn: string;
}

export interface BugsinkIssue {
  id: string;
  calculated_type: string;
  calculated_value: string;
  digested_event_count: number;
}

/** An event as Bugsink keeps it: what was sent, and its stack as Bugsink shows it, with source maps applied. */
export interface BugsinkEvent<Data> {
  id: string;
  event_id: string;
  data: Data;
  stacktrace_md: string;
}

/** A real server that takes Sentry's envelopes (PyPI `bugsink`), with SQLite in a folder of its own. */
export interface Bugsink {
  url: string;
  /** For its API and for `sentry-cli`. */
  token: string;
  projects: BugsinkProject[];
  issues: (project: BugsinkProject) => Promise<BugsinkIssue[]>;
  /** Newest first. */
  events: <Data>(issue: BugsinkIssue) => Promise<BugsinkEvent<Data>[]>;
  stop: () => Promise<void>;
}

/** Starts Bugsink on a free port with one project for each name. The caller stops it. */
export async function startBugsink(...names: string[]): Promise<Bugsink> {
  const python = findPython();
  const bin = dirname(python);
  const folder = await mkdtemp(join(tmpdir(), "helloagents-bugsink-"));
  const [port = 0] = await freePorts(1);
  const env = { ...process.env, DJANGO_SETTINGS_MODULE: "bugsink_conf", PYTHONPATH: folder };
  await run(join(bin, "bugsink-create-conf"), ["--template=local", "--host=127.0.0.1", `--port=${port}`], { cwd: folder, env });
  const { stdout } = await run(python, [join(import.meta.dirname, "../python/bugsink-setup.py"), ...names], { cwd: folder, env });
  const made = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { token: string; projects: { id: number; slug: string; key: string }[] };

  const server = spawn(join(bin, "gunicorn"), ["bugsink.wsgi", `--bind=127.0.0.1:${port}`, "--workers=1", "--threads=4", "--timeout=120", "--graceful-timeout=5", "--no-control-socket", "--access-logfile=-"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000)));
  const exited = new Promise((done) => void server.once("exit", done));
  const stop = async (): Promise<void> => {
    server.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}`;
  const api = async <T>(path: string): Promise<T> => await json<T>(`${url}/api/canonical/0/${path}`, { headers: { authorization: `Bearer ${made.token}` } });
  try {
    await eventually("Bugsink", async () => {
      if (server.exitCode !== null) throw new Error(output);
      return (await fetch(`${url}/health/ready`)).ok;
    }, start_ms);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    token: made.token,
    projects: made.projects.map(({ id, slug, key }) => ({ id, slug, dsn: `http://${key}@127.0.0.1:${port}/${id}` })),
    issues: async ({ id }) => (await api<{ results: BugsinkIssue[] }>(`issues/?project=${id}`)).results,
    events: async (issue) => {
      const { results } = await api<{ results: { id: string }[] }>(`events/?issue=${issue.id}`);
      return await Promise.all(results.map(async ({ id }) => await api<BugsinkEvent<never>>(`events/${id}/`)));
    },
    stop,
  };
}

/** Installed by `npm test` (services/stack/src/python-tools.ts), which names it in BUGSINK_PYTHON. */
function findPython(): string {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "helloagents");
  const python = process.env["BUGSINK_PYTHON"] || join(cache, "python/bugsink/bin/python");
  if (!existsSync(python)) throw new Error(`Bugsink is not installed (${python}): npm test installs it, or name a Python that has it in BUGSINK_PYTHON`);
  return python;
}
