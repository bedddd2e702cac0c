import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { nearest, suggestion } from "./nearest.ts";
import { type PartName, partNames } from "./part-names.ts";
import { portNames, type Ports, readPorts } from "./ports.ts";
import { UserError } from "./user-error.ts";

/** What a person asked `npm start` for. */
export interface Options {
  data: string;
  parts: PartName[];
  traffic: boolean;
  ports: Ports;
  retention: string;
  collectorConfig: string;
  monitoring: string;
}

/** Reads command line and environment. Returns the help text instead when that was asked for. Throws UserError. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv, root: string): Options | { help: string } {
  const command = describe();
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.code === "commander.helpDisplayed") return { help: command.helpInformation() };
    throw new UserError(oneLine(error, command, args));
  }
  const given = command.opts<Record<string, string | string[] | boolean | undefined>>();
  const text = (name: string, fallback: string): string => (typeof given[name] === "string" ? given[name] : fallback);
  return {
    data: resolve(text("data", defaultData(env))),
    parts: chosenParts(given["only"] as string | undefined, given["without"] as string | undefined),
    traffic: given["traffic"] !== false,
    ports: readPorts((given["port"] as string[] | undefined) ?? [], env),
    retention: readRetention(given["retention"] as string | undefined, env),
    collectorConfig: resolve(text("collectorConfig", join(root, "otel-collector/config"))),
    monitoring: resolve(text("monitoring", join(root, "monitoring"))),
  };
}

function describe(): Command {
  return new Command("npm start --")
    .usage("[options]")
    .description("Runs the whole monitoring pipeline and the platform it watches on this machine, without Docker and without root.")
    .option("--data <dir>", "folder for all state (default: ~/.local/state/helloagents)")
    .option("--only <parts>", `start only these, separated by commas: ${partNames.join(", ")}`)
    .option("--without <parts>", "start all but these")
    .option("--no-traffic", "no demo traffic")
    .option("--port <name=n>", `a port by name, repeatable: ${portNames.join(", ")}`, (value: string, before: string[] = []) => [...before, value])
    .option("--retention <time>", "how long Prometheus keeps data, for example 15d or 1y (default: 30d)")
    .option("--collector-config <dir>", "the Collector's YAML (default: otel-collector/config)")
    .option("--monitoring <dir>", "rules, alerts and routes (default: monitoring)")
    .helpOption("--help", "this text")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
}

function oneLine(error: unknown, command: Command, args: readonly string[]): string {
  if (!(error instanceof CommanderError)) throw error;
  const known = command.options.map(({ long }) => long ?? "");
  const unknown = error.code === "commander.unknownOption" ? args.map((arg) => arg.split("=")[0] ?? "").find((arg) => arg.startsWith("-") && !known.includes(arg)) : undefined;
  if (unknown !== undefined) {
    const near = nearest(unknown, [...known, "--help"]);
    return `there is no option ${unknown}.${near === undefined ? " See npm start -- --help." : ` Did you mean ${near}?`}`;
  }
  const [message = ""] = error.message.replace(/^error: /, "").split("\n");
  return `${message.replace(/\.$/, "")}. See npm start -- --help.`;
}

function chosenParts(only: string | undefined, without: string | undefined): PartName[] {
  const wanted = only === undefined ? partNames : names(only, "--only");
  const left = without === undefined ? [] : names(without, "--without");
  const chosen = partNames.filter((name) => wanted.includes(name) && !left.includes(name));
  if (chosen.length === 0) throw new UserError("--only and --without leave no part to start.");
  return chosen;
}

function names(list: string, option: string): PartName[] {
  return list.split(",").map((text) => text.trim()).filter((text) => text !== "").map((name) => {
    const known = partNames.find((part) => part === name);
    if (known === undefined) throw new UserError(`${option} ${list}: there is no part named "${name}".${suggestion(name, partNames)}`);
    return known;
  });
}

function readRetention(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const [text, source] = given === undefined ? [env["HELLOAGENTS_RETENTION"] || "30d", "HELLOAGENTS_RETENTION"] : [given, "--retention"];
  if (!/^([1-9]\d*(ms|[smhdwy]))+$/.test(text)) throw new UserError(`${source}: "${text}" is no time; write for example 30d, 12h or 1y.`);
  return text;
}

function defaultData(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "helloagents");
}
