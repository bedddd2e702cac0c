import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { shown } from "./case-file.ts";
import type { Mutant } from "./mutants.ts";

/** Mutants that no case can notice, and why. `rule` is the name of a rule and `change` what the report says of the mutant; a `*` in either stands for anything. */
export type Known = { rule: string; change: string; reason: string; place: string };

/**
 * The entries of `survivors.yaml` in each folder of cases, or beside each file of cases.
 * @throws {Error} with file and line when an entry lacks something
 */
export function readSurvivors(paths: readonly string[]): Known[] {
  const folders = new Set(paths.map((path) => (statSync(path).isDirectory() ? path : dirname(path))));
  return [...folders].map((folder) => join(folder, "survivors.yaml")).filter((file) => existsSync(file)).flatMap(readFile);
}

/** Survivors that nothing explains, those that an entry does, and entries that explain none. */
export function explain(survivors: readonly Mutant[], known: readonly Known[]): { unexplained: Mutant[]; explained: Mutant[]; stale: Known[] } {
  const explains = ({ rule, change }: Known, mutant: Mutant): boolean => like(rule, mutant.rule.name) && like(change, mutant.change);
  const [explained, unexplained] = [true, false].map((wanted) => survivors.filter((mutant) => known.some((one) => explains(one, mutant)) === wanted)) as [Mutant[], Mutant[]];
  return { unexplained, explained, stale: known.filter((one) => !survivors.some((mutant) => explains(one, mutant))) };
}

function readFile(file: string): Known[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, prettyErrors: false });
  const list = document.get("survivors");
  if (document.errors.length > 0 || !isSeq(list)) throw new Error(`${shown(file)}:1: is no YAML with a list "survivors"; write survivors: and below it - {rule: ..., change: ..., reason: ...}`);
  return list.items.map((item) => {
    const place = `${shown(file)}:${lines.linePos((isMap(item) ? item.range?.[0] : 0) ?? 0).line}`;
    const { rule, change, reason } = (isMap(item) ? item.toJSON() : {}) as Partial<Known>;
    if (!rule || !change || !reason) throw new Error(`${place}: an entry has "rule", "change" and "reason"; add what is missing`);
    return { rule, change, reason, place };
  });
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}
