import { useEffect, useMemo, useState } from "react";
import type { Annotation } from "./model.ts";
import { askRange, nameOf } from "./series.ts";
import { moments, stepFor, type Grid, type Span } from "./time-range.ts";
import type { Context } from "./use-panel.ts";
import { fillIn } from "./variables.ts";

/** A stretch of time with words: a deploy, an alert that fired. Seconds since 1970. */
export type Mark = { startS: number; endS: number; text: string; colour: string; kind: string };

/** `problem` says why marks may be missing: what Prometheus does not tell here, it tells no panel. `count` is not known before its first answer. */
export type Annotations = { problem: string | undefined; kinds: { name: string; colour: string; count: number | undefined; on: boolean; toggle(): void }[]; marks: Mark[] };

/** A deploy shows for five minutes: up to 30 days none falls between two points. Beyond, Prometheus allows no more points. */
function stepOf({ startS, endS }: Span): number {
  return endS - startS <= 86_400 ? 60 : stepFor({ startS, endS }, 10_900, 240);
}

/** Asks a dashboard's annotations. */
export function useAnnotations(list: readonly Annotation[], { variables, values, span, waitFor }: Context): Annotations {
  const [{ found, problem }, setAnswer] = useState<{ found: Mark[] | undefined; problem: string | undefined }>({ found: undefined, problem: undefined });
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const asked = list.map(({ name, expr = "", titleFormat = "", iconColor }) => ({ name, titleFormat, iconColor, expr: fillIn(expr, variables, values) }));
  // As text it changes only when what is asked does.
  const question = JSON.stringify({ asked: asked.filter(({ expr }) => expr), range: moments(span, stepOf(span)) } satisfies Question);

  useEffect(() => {
    const abort = new AbortController();
    const { asked, range } = JSON.parse(question) as Question;
    waitFor(Promise.all(asked.map(async (each) => await marksOf(each, range, abort.signal))).then(
      (marks) => setAnswer({ found: marks.flat(), problem: undefined }),
      (error: Error) => { if (!abort.signal.aborted) setAnswer((old) => ({ ...old, problem: error.message })); },
    ));
    return () => abort.abort();
  }, [question, waitFor]);

  const toggle = (name: string) => setOff((old) => (old.has(name) ? new Set([...old].filter((each) => each !== name)) : new Set([...old, name])));
  const kinds = list.map(({ name, iconColor }) => ({ name, colour: iconColor, count: found?.filter(({ kind }) => kind === name).length, on: !off.has(name), toggle: () => toggle(name) }));
  const marks = useMemo(() => found?.filter(({ kind }) => !off.has(kind)) ?? [], [found, off]);
  return { problem, kinds, marks };
}

type Question = { asked: { name: string; expr: string; titleFormat: string; iconColor: string }[]; range: Grid };

async function marksOf({ name, expr, titleFormat, iconColor }: Question["asked"][number], range: Grid, signal: AbortSignal): Promise<Mark[]> {
  const series = await askRange(expr, range, signal);
  return series.flatMap((each) => stretches(each.times, range.step).map(([startS, endS]) => ({ startS, endS, text: nameOf(each, titleFormat), colour: iconColor, kind: name })));
}

/** Runs of points that follow each other, as first and last time. */
function stretches(times: readonly number[], stepS: number): [number, number][] {
  const runs: [number, number][] = [];
  for (const time of times) {
    const last = runs.at(-1);
    if (last && time - last[1] <= stepS * 1.5) last[1] = time;
    else runs.push([time, time]);
  }
  return runs;
}

/** More are not read out one by one: the switches count them. */
const MOST_READ = 30;

/** Which kinds are drawn, and how many of each there are; who cannot see them on the graphs is told them once. */
export function AnnotationSwitches({ annotations }: { annotations: Annotations }) {
  return (
    <div className="board-annotations" role="group" aria-label="Marks on the graphs">
      {annotations.kinds.map(({ name, colour, count, on, toggle }) => (
        <button key={name} type="button" aria-pressed={on} onClick={toggle}><i style={{ background: colour }} />{name}{count !== undefined && <> <span className="muted">{count}</span></>}</button>
      ))}
      <ul className="visually-hidden" aria-label="Marks in this range">
        {annotations.marks.slice(0, MOST_READ).map(({ kind, text, startS, endS }, index) => <li key={index}>{kind}: {text}, {markTime(startS)}{endS > startS && ` to ${markTime(endS)}`}</li>)}
      </ul>
    </div>
  );
}

function markTime(timeS: number): string {
  return new Date(timeS * 1000).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
