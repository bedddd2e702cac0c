import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the list of dashboards shows of one. */
export type DashboardSummary = { uid: string; title: string; description: string };

/** Dashboards in Grafana's JSON, `<uid>.json` of a folder, by title. Files that are none are left out. */
export async function listDashboards(dir: string): Promise<DashboardSummary[]> {
  const files = await readdir(dir).catch(() => []);
  const read = await Promise.all(files.filter((file) => file.endsWith(".json")).map(async (file) => await readDashboard(dir, file.slice(0, -".json".length))));
  return read
    .filter((each) => each !== undefined)
    .map(({ uid, title, description }) => ({ uid, title, description: description ?? "" }))
    .sort((a, b) => a.title.localeCompare(b.title));
}

type Dashboard = { uid: string; title: string; description?: string; panels: unknown[] };

/** One dashboard; undefined when there is no such file, or it holds something else. */
export async function readDashboard(dir: string, uid: string): Promise<Dashboard | undefined> {
  // The name comes from an address: nothing but a plain file of the folder is read.
  if (!/^[\w-]+$/.test(uid)) return undefined;
  try {
    const found = JSON.parse(await readFile(join(dir, `${uid}.json`), "utf8")) as Partial<Dashboard>;
    return typeof found.title === "string" && Array.isArray(found.panels) ? { ...found, uid, title: found.title, panels: found.panels } : undefined;
  } catch {
    return undefined;
  }
}
