import { useEffect, useState } from "react";
import type { Panel, Variable } from "./model.ts";
import { thinned } from "./exemplars.ts";
import { askExemplars, askInstant, askRange, type Asked, type Exemplar } from "./series.ts";
import { moments, seconds, stepFor, type Grid, type Span } from "./time-range.ts";
import { fillIn, windows, type Values } from "./variables.ts";

/** What panels need to know of the page they stand on. `waitFor` is told of each answer that is to come: until it is there the page's clock stands still. */
export type Context = { variables: readonly Variable[]; values: Values; span: Span; waitFor(answer: Promise<void>): void };

/** How often metrics come: what Grafana's data source calls its scrape interval. */
const SCRAPE_S = 15;

const POINTS = 500;

/** `asked` stays while a refresh runs or fails; `error` then says why it may be old. */
export type PanelData = { asked: Asked[] | undefined; exemplars: Exemplar[]; error: string | undefined; range: Grid };

type Question = { queries: { refId: string; expr: string; instant: boolean; exemplar: boolean }[]; range: Grid };

/** Asks a panel's queries when `wanted`, and again when range or variables change. */
export function usePanel(panel: Panel, { variables, values, span, waitFor }: Context, wanted: boolean): PanelData {
  const range = moments(span, stepFor(span, POINTS, seconds(panel.interval ?? "") ?? SCRAPE_S));
  const more = windows(range.step, SCRAPE_S, span.endS - span.startS);
  const queries = (panel.targets ?? [])
    .filter(({ hide }) => !hide)
    .map(({ refId, expr, instant = false, exemplar = false }) => ({ refId, instant, exemplar, expr: fillIn(expr, variables, values, more) }));
  // As text it changes only when what is asked does.
  const question = wanted && queries.length > 0 ? JSON.stringify({ queries, range } satisfies Question) : undefined;
  const [state, setState] = useState<PanelData>({ asked: undefined, exemplars: [], error: undefined, range });

  useEffect(() => {
    if (question === undefined) return undefined;
    const abort = new AbortController();
    waitFor(answer(JSON.parse(question) as Question, abort.signal).then(setState, (error: Error) => {
      if (!abort.signal.aborted) setState((old) => ({ ...old, error: error.message }));
    }));
    return () => abort.abort();
  }, [question, waitFor]);

  return state;
}

async function answer({ queries, range }: Question, signal: AbortSignal): Promise<PanelData> {
  const [asked, exemplars] = await Promise.all([
    Promise.all(queries.map(async ({ refId, expr, instant }) => ({ refId, series: instant ? await askInstant(expr, range.end, signal) : await askRange(expr, range, signal) }))),
    Promise.all(queries.filter(({ exemplar }) => exemplar).map(async ({ expr }) => await askExemplars(expr, range.start, range.end, signal))),
  ]);
  return { asked, exemplars: thinned(exemplars.flat(), range), error: undefined, range };
}
