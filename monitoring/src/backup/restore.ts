import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { alertmanagerAt } from "../alertmanager-api.ts";
import { composeRun } from "./compose.ts";
import { blocksIn, silencesIn } from "./backup.ts";

export type RestoreOptions = { prometheusData?: string; alertmanager?: string; compose?: string };

/**
 * Puts a backup back, and says what was done, line by line. Prometheus' part goes into the empty data folder of one that is not running;
 * silences go to a running Alertmanager, which keeps those it has; Grafana's database into its container.
 * @throws Error before anything is changed, when a part of it cannot be done
 */
export async function restore(folder: string, { prometheusData, alertmanager, compose }: RestoreOptions, now_ms: number): Promise<string[]> {
  if (!existsSync(join(folder, "backup.json"))) throw new Error(`${folder} is no backup: it has no backup.json; name a folder that \`backup\` has written`);
  if (prometheusData === undefined && alertmanager === undefined && compose === undefined) throw new Error("say where to: --prometheus-data <folder>, --alertmanager <url>, --compose <docker-compose.yml>");
  if (prometheusData !== undefined && existsSync(prometheusData) && readdirSync(prometheusData).length > 0) throw new Error(`${prometheusData} is not empty; stop Prometheus and move the folder away first`);
  if (prometheusData !== undefined && !existsSync(join(folder, "prometheus"))) throw new Error(`${folder} holds no data of Prometheus; leave --prometheus-data out, or name another backup`);
  if (compose !== undefined && !existsSync(join(folder, "grafana", "grafana.db"))) throw new Error(`${folder} holds no database of Grafana: it was made without --compose; leave --compose out`);
  // Both are there, and answer: asked before anything is changed.
  if (alertmanager !== undefined) await Promise.all([silencesIn(folder), alertmanagerAt(alertmanager).silences()]);
  const done: string[] = [];
  if (prometheusData !== undefined) {
    mkdirSync(resolve(prometheusData), { recursive: true });
    cpSync(join(folder, "prometheus"), resolve(prometheusData), { recursive: true });
    const { blocks, from, to } = blocksIn(prometheusData);
    done.push(`${prometheusData}: ${blocks} blocks${from === undefined ? "" : `, ${from} to ${to}`}; start Prometheus with it`);
  }
  if (alertmanager !== undefined) done.push(await restoreSilences(folder, alertmanager, now_ms));
  if (compose !== undefined) {
    await composeRun(compose, ["cp", join(folder, "grafana", "grafana.db"), "grafana:/var/lib/grafana/grafana.db"]);
    await composeRun(compose, ["restart", "grafana"]);
    done.push("Grafana: database put back, restarted");
  }
  return done;
}

async function restoreSilences(folder: string, url: string, now_ms: number): Promise<string> {
  const api = alertmanagerAt(url);
  const there = (await api.silences()).filter(({ status }) => status.state !== "expired").map(keyOf);
  const left = silencesIn(folder).filter((silence) => Date.parse(silence.endsAt) > now_ms);
  const missing = left.filter((silence) => !there.includes(keyOf(silence)));
  for (const { matchers, startsAt, endsAt, createdBy, comment } of missing) await api.silence({ matchers, startsAt, endsAt, createdBy, comment });
  return `${url}: ${missing.length} silences set, ${left.length - missing.length} were there, ${silencesIn(folder).length - left.length} are over by now`;
}

/** Alertmanager gives a silence that is set again a new id. */
function keyOf({ matchers, endsAt, comment }: { matchers: object; endsAt: string; comment: string }): string {
  return JSON.stringify([matchers, Date.parse(endsAt), comment]);
}
