import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { alertmanagerAt, type Silence } from "../alertmanager-api.ts";
import { composeCopy, composeRun } from "./compose.ts";

/** What a backup holds, `backup.json` in its folder. Times in ISO 8601. */
export type Contents = { made: string; prometheus: { blocks: number; from?: string; to?: string }; silences: number; grafana: boolean };

export type BackupOptions = { prometheus: string; alertmanager: string; compose?: string };

/**
 * Writes a folder with a snapshot of Prometheus (all samples up to now, also those not yet in a block) and the silences of Alertmanager;
 * from containers (`compose`: the compose file) also Grafana's database. The folder is whole or not there.
 * @throws Error when something does not answer, or the folder is there already
 */
export async function backup(folder: string, options: BackupOptions): Promise<Contents> {
  const target = resolve(folder);
  if (existsSync(target)) throw new Error(`${folder} is there already; name a new folder, as backup-${new Date().toISOString().slice(0, 10)}`);
  const draft = `${target}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    const contents = await fill(draft, options);
    renameSync(draft, target);
    return contents;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

async function fill(draft: string, options: BackupOptions): Promise<Contents> {
  const silences = (await alertmanagerAt(options.alertmanager).silences()).filter(({ status }) => status.state !== "expired");
  mkdirSync(join(draft, "alertmanager"));
  writeFileSync(join(draft, "alertmanager", "silences.json"), `${JSON.stringify(silences, null, 2)}\n`);
  await takeSnapshot(options, join(draft, "prometheus"));
  if (options.compose !== undefined) {
    mkdirSync(join(draft, "grafana"));
    await composeCopy(options.compose, "grafana", "/var/lib/grafana/grafana.db", join(draft, "grafana", "grafana.db"));
  }
  const contents: Contents = { made: new Date().toISOString(), prometheus: blocksIn(join(draft, "prometheus")), silences: silences.length, grafana: options.compose !== undefined };
  writeFileSync(join(draft, "backup.json"), `${JSON.stringify(contents, null, 2)}\n`);
  return contents;
}

async function takeSnapshot({ prometheus, compose }: BackupOptions, into: string): Promise<void> {
  const { "storage.tsdb.path": data = "" } = await ask<Record<string, string>>(prometheus, "status/flags");
  const { name } = await ask<{ name: string }>(prometheus, "admin/tsdb/snapshot", "POST");
  const snapshot = join(data, "snapshots", name);
  if (compose !== undefined) {
    await composeCopy(compose, "prometheus", snapshot, into);
    await composeRun(compose, ["exec", "-T", "prometheus", "rm", "-r", snapshot]);
  } else if (existsSync(snapshot)) {
    cpSync(snapshot, into, { recursive: true });
    rmSync(snapshot, { recursive: true });
  } else throw new Error(`Prometheus at ${prometheus} has written its snapshot to ${snapshot}, which is not on this machine; run this there, or with --compose <docker-compose.yml> when it is in a container`);
}

/** Blocks of a folder of Prometheus, and the time they reach over. */
export function blocksIn(folder: string): Contents["prometheus"] {
  const metas = readdirSync(folder).map((name) => join(folder, name, "meta.json")).filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, "utf8")) as { minTime: number; maxTime: number });
  if (metas.length === 0) return { blocks: 0 };
  return { blocks: metas.length, from: new Date(Math.min(...metas.map(({ minTime }) => minTime))).toISOString(), to: new Date(Math.max(...metas.map(({ maxTime }) => maxTime))).toISOString() };
}

/** Silences of a backup. */
export function silencesIn(folder: string): Silence[] {
  return JSON.parse(readFileSync(join(folder, "alertmanager", "silences.json"), "utf8")) as Silence[];
}

async function ask<Data>(url: string, path: string, method = "GET"): Promise<Data> {
  const answer = await fetch(`${url.replace(/\/$/, "")}/api/v1/${path}`, { method, signal: AbortSignal.timeout(300_000) }).catch((error: Error) => {
    throw new Error(`Prometheus at ${url} does not answer (${(error.cause as Error | undefined)?.message ?? error.message}); start it, or give its address with --prometheus`, { cause: error });
  });
  const { data, error } = (await answer.json().catch(() => ({}))) as { data?: Data; error?: string };
  if (data !== undefined) return data;
  const remedy = /admin APIs disabled/i.test(error ?? "") ? "; start it with --web.enable-admin-api, as `npm start` and docker-compose.yml do" : "";
  throw new Error(`Prometheus at ${url} answered ${answer.status} to ${method} ${path}: ${error ?? "not in JSON; is this Prometheus?"}${remedy}`);
}
