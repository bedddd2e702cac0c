import { userInfo } from "node:os";
import { type Command, Option } from "commander";
import { alertmanagerAt } from "../alertmanager-api.ts";
import { addSilence, expireSilences, listSilences } from "./silence.ts";

/** Adds `silence add|list|expire`: maintenance windows that come once. */
export function addSilenceCommand(program: Command): void {
  const silence = program.command("silence").description("maintenance windows: tell nobody of some alerts for a while");
  silence
    .command("add")
    .description('as: silence add job=helloagents-api --for 2h --comment "database moves"')
    .argument("<matchers...>", 'alerts that are meant, as alertname=HighErrorRate, job=~"api|shop", severity!=critical; all must be true')
    .requiredOption("--for <duration>", "how long, as 30m, 2h, 1d12h")
    .requiredOption("--comment <words>", "why; others read it")
    .option("--start <time>", "begin later, as 2026-12-24T22:00:00Z")
    .option("--by <name>", "who", userInfo().username)
    .addOption(address())
    .action(async (matchers: string[], { for: length, comment, start, by, alertmanager }: { for: string; comment: string; start?: string; by: string; alertmanager: string }) => {
      console.log(await addSilence(alertmanagerAt(alertmanager), { matchers, length, comment, by, ...(start === undefined ? {} : { start }) }, Date.now()));
    });
  silence
    .command("list")
    .description("silences in force or to come")
    .option("--all", "those that are over as well")
    .addOption(address())
    .action(async ({ all, alertmanager }: { all?: boolean; alertmanager: string }) => console.log(await listSilences(alertmanagerAt(alertmanager), all === true)));
  silence
    .command("expire")
    .description("end silences now")
    .argument("<ids...>", "ids, or their first letters")
    .addOption(address())
    .action(async (ids: string[], { alertmanager }: { alertmanager: string }) => console.log(await expireSilences(alertmanagerAt(alertmanager), ids)));
}

function address(): Option {
  return new Option("--alertmanager <url>", "address of Alertmanager").env("ALERTMANAGER_URL").default("http://localhost:9093");
}
