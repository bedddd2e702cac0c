import { type LocalServer, startLocalServer } from "../local-server.ts";

/** A real Alertmanager whose configuration can be read again. */
export type AlertmanagerProcess = LocalServer & { reload: () => Promise<void> };

/** @param folder holds alertmanager.yml, and afterwards its state; `zones`: where Go looks for time zones first. @throws {Error} with Alertmanager's own words */
export async function startAlertmanager(folder: string, zones: string): Promise<AlertmanagerProcess> {
  const args = [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/data`, "--web.external-url=http://localhost:9093", "--cluster.listen-address="];
  const server = await startLocalServer("alertmanager", args, folder, { ...process.env, ZONEINFO: zones, GOMEMLIMIT: "200MiB" });
  return {
    ...server,
    async reload() {
      const answer = await fetch(`${server.url}/-/reload`, { method: "POST" });
      if (!answer.ok) throw new Error(`Alertmanager refuses its configuration: ${(await answer.text()).trim()}`);
    },
  };
}
