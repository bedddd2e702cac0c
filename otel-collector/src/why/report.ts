import { at } from "../cases/case-files.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { locate } from "../config/merge.ts";
import { plural } from "../plural.ts";
import type { OtlpRecord } from "../records/records.ts";
import type { Explanation, StageReport } from "./why.ts";
import type { WhyFormat } from "../formats.ts";

const SHOWN = 6;

/** An explanation as text. */
export function reportExplanation(explanation: Explanation, files: readonly ConfigFile[], format: WhyFormat): string {
  if (format === "json") return asJson(explanation, files);
  const { name, stages, arrivals, note } = explanation;
  const pipelines = [...new Set(stages.map(({ pipeline }) => pipeline))];
  return [
    `${name}`,
    ...(note === undefined ? [] : [note]),
    "",
    ...pipelines.flatMap((pipeline) => table(stages.filter((stage) => stage.pipeline === pipeline))),
    ...arrivals.map(({ exporter, count }) => `${exporter.padEnd(WIDTH)}${String(count).padStart(12)}`),
    "",
    ...sentences(explanation, files),
  ].join("\n");
}

const WIDTH = 46;

/** One pipeline: a line for each processor, and one for each statement that did something. */
function table(stages: readonly StageReport[]): string[] {
  const [entry, ...steps] = stages;
  if (!entry) return [];
  const groups = Map.groupBy(steps, ({ step }) => step?.processor ?? "");
  const lines = [...groups].flatMap(([processor, own]) => {
    const before = own[0]?.before.length ?? 0;
    const after = own.at(-1)?.after.length ?? 0;
    const active = own.filter(hasEffect);
    const single = own.length === 1 ? own[0] : undefined;
    return [
      line(`  ${processor}`, before, after, single ? effect(single) : active.length === 0 ? "" : `${active.length} of ${own.length} statements did something`),
      ...(single ? [] : active.map((stage) => line(`    ${stage.step?.text ?? ""}`, stage.before.length, stage.after.length, effect(stage)))),
    ];
  });
  return [line(entry.pipeline, undefined, entry.after.length, ""), ...lines, ""];
}

function line(head: string, before: number | undefined, after: number, effect: string): string {
  const cut = head.length > WIDTH - 1 ? `${head.slice(0, WIDTH - 4)}...` : head;
  return `${cut.padEnd(WIDTH)}${before === undefined ? "" : String(before)}`.padEnd(WIDTH + 5) + `${before === undefined ? "  " : "->"} ${String(after).padStart(4)}   ${effect}`.trimEnd();
}

const hasEffect = ({ dropped, made, changed }: StageReport): boolean => dropped.length + made.length + changed.length > 0;

/** `-2 records`, `+attributes.a (3)  ~name  -events[0].name`. */
function effect({ dropped, made, changed }: StageReport): string {
  const counts = new Map<string, number>();
  for (const { field, from, to } of changed.flatMap(({ changes }) => changes)) {
    const mark = `${from === undefined ? "+" : to === undefined ? "-" : "~"}${field}`;
    counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  const fields = [...counts].map(([mark, count]) => (count > 1 ? `${mark} (${count})` : mark));
  return [...(dropped.length > 0 ? [`dropped ${dropped.length}`] : []), ...(made.length > 0 ? [`made ${made.length}`] : []), ...fields.slice(0, SHOWN), ...(fields.length > SHOWN ? [`and ${fields.length - SHOWN} more`] : [])].join("  ");
}

const NOUNS = { traces: "span", logs: "log record", metrics: "data point" };

function sentences({ stages, arrivals, leadsTo }: Explanation, files: readonly ConfigFile[]): string[] {
  const drops = stages
    .filter(({ dropped }) => dropped.length > 0)
    .map((stage) => {
      const noun = NOUNS[stage.dropped[0]?.signal ?? "traces"];
      const goals = leadsTo.get(stage.pipeline) ?? [];
      return `${plural(stage.dropped.length, noun)} (${names(stage.dropped)}) dropped in ${stage.pipeline} by ${doer(stage, files)}${goals.length > 0 ? `; not for ${goals.join(", ")}` : ""}.`;
    });
  // The same happened on the way to several exporters: one sentence.
  const changes = new Map<string, string[]>();
  for (const { exporter, changed } of arrivals) {
    for (const { field, records, from, to, stage } of changed) {
      const what = from === undefined ? `set to ${short(to)}` : to === undefined ? `taken away (was ${short(from)})` : `${short(from)} -> ${short(to)}`;
      const sentence = `${field} ${what}${records > 1 ? `, in ${records} records` : ""}${stage ? `, by ${doer(stage, files)}` : ""}.`;
      changes.set(sentence, [...(changes.get(sentence) ?? []), exporter]);
    }
  }
  if (drops.length + changes.size === 0) return ["Everything arrived as it was given."];
  return [...drops, ...[...changes].map(([sentence, exporters]) => `For ${exporters.join(", ")}: ${sentence}`)];
}

function doer({ step, pipeline }: StageReport, files: readonly ConfigFile[]): string {
  if (step === undefined) return pipeline;
  return `${step.processor} (${at(locate(files, step.path))})${step.text === undefined ? "" : `: ${step.text}`}`;
}

function names(records: readonly OtlpRecord[]): string {
  const all = records.map(({ name }) => `"${name.length > 40 ? `${name.slice(0, 37)}...` : name}"`);
  return all.slice(0, SHOWN).join(", ") + (all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "");
}

const short = (value: string | undefined): string => {
  const text = JSON.stringify(value ?? "");
  return text.length > 70 ? `${text.slice(0, 66)}..."` : text;
};

function asJson({ name, stages, arrivals, note }: Explanation, files: readonly ConfigFile[]): string {
  const place = (stage: StageReport | undefined): object => (stage?.step === undefined ? {} : { processor: stage.step.processor, statement: stage.step.text, ...locate(files, stage.step.path) });
  return JSON.stringify(
    {
      name,
      note,
      stages: stages.map((stage) => ({
        pipeline: stage.pipeline,
        ...place(stage),
        in: stage.before.length,
        out: stage.after.length,
        dropped: stage.dropped.map((each) => each.name),
        changed: stage.changed.map(({ record, changes }) => ({ name: record.name, changes })),
      })),
      exporters: arrivals.map(({ exporter, count, changed }) => ({ exporter, count, changed: changed.map(({ stage, ...each }) => ({ ...each, by: place(stage) })) })),
    },
    null,
    2,
  );
}
