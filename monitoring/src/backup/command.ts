import { type Command, Option } from "commander";
import { backup } from "./backup.ts";
import { restore, type RestoreOptions } from "./restore.ts";

/** Adds `backup` and `restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command("backup")
    .description("a snapshot of Prometheus and the silences of Alertmanager (and Grafana's database, from containers) in a new folder")
    .argument("<folder>", "folder to make")
    .addOption(new Option("--prometheus <url>", "address of Prometheus, started with --web.enable-admin-api").env("PROMETHEUS_URL").default("http://localhost:9090"))
    .addOption(new Option("--alertmanager <url>", "address of Alertmanager").env("ALERTMANAGER_URL").default("http://localhost:9093"))
    .option("--compose <docker-compose.yml>", "they run in containers of this file")
    .action(async (folder: string, options: { prometheus: string; alertmanager: string; compose?: string }) => {
      const { prometheus, silences, grafana } = await backup(folder, options);
      console.log(`${folder}: ${prometheus.blocks} blocks of Prometheus${prometheus.from === undefined ? "" : ` (${prometheus.from} to ${prometheus.to})`}, ${silences} silences${grafana ? ", Grafana's database" : ""}`);
    });
  program
    .command("restore")
    .description("put a backup back")
    .argument("<folder>", "what `backup` made")
    .option("--prometheus-data <folder>", "empty data folder for a Prometheus that is started afterwards")
    .option("--alertmanager <url>", "running Alertmanager that gets the silences")
    .option("--compose <docker-compose.yml>", "container of Grafana that gets its database")
    .action(async (folder: string, options: RestoreOptions) => console.log((await restore(folder, options, Date.now())).join("\n")));
}
