import type { Components } from "../binary.ts";
import type { ConfigFile, Place } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import { locate, mergeFiles } from "../config/merge.ts";
import { allowances, allowFindings, isAllowed } from "./allow.ts";
import { RULES } from "./all-rules.ts";
import type { Context, Finding, Tested } from "./rule.ts";

/** Everything a check needs; nothing is read from elsewhere. */
export interface CheckInput {
  files: readonly ConfigFile[];
  env: Environment;
  components: Components;
  tested: readonly Tested[] | undefined;
  /** The binary's own `validate`: one message for each fault, with its place. */
  validate: (files: readonly ConfigFile[], env: Environment) => Promise<{ at: Place; message: string }[]>;
  /** Starts it for a trial: what keeps it from starting. Left out: no trial. */
  boot?: (files: readonly ConfigFile[], env: Environment) => Promise<{ at: Place; message: string; remedy: string } | undefined>;
}

/** Found already, and the trial start could only stumble over the same. */
const CANNOT_START = new Set(["env-unset", "extension-not-enabled", "unknown-component"]);

/** All findings, in the order of files and lines. Broken YAML ends the check: the rest would be guesses. */
export async function check(input: CheckInput): Promise<Finding[]> {
  const { files, env } = input;
  const syntax = files.flatMap((file) =>
    file.errors.map(({ place, message }): Finding => ({ ...place, rule: "yaml-syntax", message, remedy: "Correct the YAML at this place; indentation is by spaces." })),
  );
  if (syntax.length > 0) return syntax;

  const context: Context = { ...input, config: mergeFiles(files) };
  const allowed = files.flatMap(allowances);
  const broken = RULES.flatMap((rule) =>
    rule.check(context).map(({ at, message }): Finding => ({ ...(isPlace(at) ? at : locate(files, at)), rule: rule.id, message, remedy: rule.remedy })),
  ).filter((finding) => !isAllowed(finding, allowed));
  // What the rules say already, with its line and a better text, `validate` need not say again.
  const refused = (await input.validate(files, env)).filter(({ message }) => !/unknown type:/.test(message) || !broken.some(({ rule }) => rule === "unknown-component"));
  const validation = refused.map(({ at, message }): Finding => ({ ...at, rule: "validate", message, remedy: "The Collector would not start with it; correct this key." }));

  // A trial comes last: it tells of one fault only.
  const fault = validation.length === 0 && !broken.some(({ rule }) => CANNOT_START.has(rule)) ? await input.boot?.(files, env) : undefined;
  const boot = fault === undefined ? [] : [{ ...fault.at, rule: "boot", message: fault.message, remedy: fault.remedy }];

  const order = (file: string): number => files.findIndex(({ name }) => name === file);
  return joined([...allowFindings(allowed), ...broken, ...validation, ...boot].sort((a, b) => order(a.file) - order(b.file) || a.line - b.line || a.column - b.column));
}

/** The same finding at several places of one file is told once, at the first. */
function joined(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, ({ file, rule, message }) => JSON.stringify([file, rule, message]));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const lines = others.map(({ line }) => line).join(", ");
    return [others.length === 0 ? first : { ...first, message: `${first.message} Also in line${others.length === 1 ? "" : "s"} ${lines}.` }];
  });
}

const isPlace = (at: unknown): at is Place => typeof at === "object" && at !== null && "line" in at;
