import { plural } from "../plural.ts";
import type { BehaviourChange } from "./behaviour.ts";
import type { SettingChange } from "./structure.ts";
import type { DiffFormat } from "../formats.ts";

/** Two configurations compared. */
export interface Comparison {
  a: string;
  b: string;
  probes: number;
  structure: SettingChange[];
  behaviour: BehaviourChange[];
  state: { component: string; pipelines: string[]; state: string }[];
}

const SHOWN = 10;

/** A comparison as a comment for a pull request, or as JSON. */
export function reportComparison(comparison: Comparison, format: DiffFormat): string {
  if (format === "json") return JSON.stringify({ ...comparison, behaviour: comparison.behaviour.map(asJson) }, null, 2);
  const { a, b, probes, structure, behaviour, state } = comparison;
  const exporters = Map.groupBy(behaviour, ({ exporter }) => exporter);
  const verdict = behaviour.length === 0 ? `Behaviour is the same, for ${plural(probes, "case")}.` : `**Behaviour has changed** for ${list([...exporters.keys()].map(code))}.`;
  return [
    `### Collector configuration: ${code(a)} → ${code(b)}`,
    "",
    verdict,
    ...(exporters.size === 0 ? [] : ["", "| exporter | items before | after | lost | gained | changed | series |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", ...[...exporters].map(([exporter, changes]) => row(exporter, changes))]),
    ...[...exporters].flatMap(([exporter, changes]) => ["", `<details><summary>${escaped(exporter)}</summary>`, "", ...changes.flatMap(details), "", "</details>"]),
    "",
    ...(structure.length === 0 ? ["The effective configuration is the same."] : [`<details><summary>${plural(structure.length, "setting")} changed</summary>`, "", ...cut(structure.map(setting), 40), "", "</details>"]),
    "",
    ...(state.length === 0 || structure.length === 0 ? ["A reload loses nothing that is kept in memory only."] : ["A reload loses what is in memory only:", "", ...state.map((each) => `- ${code(each.component)} (${each.pipelines.join(", ")}): ${each.state}`)]),
  ].join("\n");
}

const signed = (count: number, sign: string): string => (count === 0 ? "" : `${sign}${count}`);

function row(exporter: string, changes: readonly BehaviourChange[]): string {
  const sum = (of: (change: BehaviourChange) => number): number => changes.reduce((total, change) => total + of(change), 0);
  const series = [signed(sum(({ series }) => series.gained.length), "+"), signed(sum(({ series }) => series.lost.length), "−")].filter((each) => each !== "").join(" ");
  return `| ${code(exporter)} | ${sum(({ before }) => before)} | ${sum(({ after }) => after)} | ${signed(sum(({ lost }) => lost.length), "−")} | ${signed(sum(({ gained }) => gained.length), "+")} | ${sum(({ changed }) => changed.length) || ""} | ${series} |`;
}

function details({ probe, lost, gained, changed, series }: BehaviourChange): string[] {
  const fields = new Map<string, { count: number; example: string }>();
  for (const { name, changes } of changed) {
    for (const { field, from, to } of changes) {
      const what = from === undefined ? "set to" : to === undefined ? "no longer" : "changed from";
      const key = `${code(field)} ${what} ${from === undefined ? code(short(to)) : to === undefined ? code(short(from)) : `${code(short(from))} to ${code(short(to))}`}`;
      const known = fields.get(key);
      fields.set(key, { count: (known?.count ?? 0) + 1, example: known?.example ?? name });
    }
  }
  return [
    `- ${escaped(probe)}`,
    ...(lost.length > 0 ? [`  - lost: ${cutList(lost.map(({ name }) => code(short(name))))}`] : []),
    ...(gained.length > 0 ? [`  - gained: ${cutList(gained.map(({ name }) => code(short(name))))}`] : []),
    ...cut([...fields].map(([what, { count, example }]) => `  - ${what} (${count > 1 ? `${count} items` : code(short(example))})`)),
    ...cut(series.gained.map((each) => `  - new series ${code(each)}`)),
    ...cut(series.lost.map((each) => `  - series gone ${code(each)}`)),
  ];
}

const setting = ({ path, before, after }: SettingChange): string =>
  `- ${code(path)}: ${before === undefined ? `added ${code(short(after))}` : after === undefined ? `removed ${code(short(before))}` : `${code(short(before))} → ${code(short(after))}`}`;

const asJson = ({ lost, gained, ...rest }: BehaviourChange): object => ({ ...rest, lost: lost.map(({ name }) => name), gained: gained.map(({ name }) => name) });

const short = (value: string | undefined): string => {
  const text = (value ?? "").replaceAll("\n", "\\n");
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};

/** Text that comes from outside, as code: a span's name must not become a link or a heading. */
const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text === "" ? " " : text}\``);
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const list = (texts: string[]): string => texts.join(", ");
const cut = (lines: string[], shown = SHOWN): string[] => (lines.length > shown ? [...lines.slice(0, shown), `  - and ${lines.length - shown} more`] : lines);
const cutList = (texts: string[]): string => (texts.length > SHOWN ? `${list(texts.slice(0, SHOWN))} and ${texts.length - SHOWN} more` : list(texts));
