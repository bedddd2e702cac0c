import { at } from "../cases/case-files.ts";
import type { ConfigFile, Place } from "../config/config-file.ts";
import { locate } from "../config/merge.ts";
import { plural } from "../plural.ts";
import type { Fate } from "./mutate.ts";
import type { Survivor } from "./survivors.ts";

/** The verdict on the cases: what no case notices, and what is listed as such without being so. */
export interface Verdict {
  all: number;
  killed: number;
  refused: number;
  survived: { name: string; place: Place; tried: number }[];
  explained: Survivor[];
  /** Listed, but killed, refused or no mutant at all. */
  stale: Survivor[];
}

/** Sets fates against the list of survivors. */
export function verdictOf(fates: readonly Fate[], survivors: readonly Survivor[], files: readonly ConfigFile[]): Verdict {
  const alive = fates.filter(({ killer, refused }) => killer === undefined && refused === undefined);
  const listed = new Set(survivors.map(({ mutant }) => mutant));
  const names = new Set(alive.map(({ mutant }) => mutant.name));
  return {
    all: fates.length,
    killed: fates.filter(({ killer }) => killer !== undefined).length,
    refused: fates.filter(({ refused }) => refused !== undefined).length,
    survived: alive.filter(({ mutant }) => !listed.has(mutant.name)).map(({ mutant, tried }) => ({ name: mutant.name, place: locate(files, mutant.path), tried })),
    explained: survivors.filter(({ mutant }) => names.has(mutant)),
    stale: survivors.filter(({ mutant }) => !names.has(mutant)),
  };
}

/** The verdict as text, for people. */
export function reportVerdict({ all, killed, refused, survived, explained, stale }: Verdict, duration_ms: number): string {
  const rest = [
    ...(refused > 0 ? [`${refused} do not start`] : []),
    ...(explained.length > 0 ? [`${explained.length} survive with a reason`] : []),
    ...(survived.length > 0 ? [`${survived.length} survive`] : []),
  ];
  return [
    ...survived.map(({ name, place, tried }) => `✗ ${at(place)}: ${name}\n    ${tried === 0 ? "No case goes through it." : `${plural(tried, "case")} went through it and noticed nothing.`} Write a case that fails without it, delete it, or list it with a reason in survivors.yaml.`),
    ...stale.map(({ mutant, place }) => `✗ ${at(place)}: "${mutant}" is listed as a survivor, but does not survive. Delete the entry.`),
    `${killed} of ${plural(all, "mutant")} killed${rest.length > 0 ? `; ${rest.join(", ")}` : ""}.  (${(duration_ms / 1000).toFixed(1)} s)`,
  ].join("\n");
}
