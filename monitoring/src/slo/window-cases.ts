import { round, share } from "./check.ts";
import { daysOf } from "./burn-tiers.ts";
import type { Slo } from "./definitions.ts";
import { answers, exact, type PromtoolCase } from "./promtool-case.ts";
import { increaseOf } from "./rules.ts";

/**
 * Seconds between evaluations of these cases, so that few reach far: 23 hours and 15 seconds. Every second one is close behind a full two hours: the
 * second by 30 s, the 18th by 270 s, the 20th by 300 s, where no block is made any more.
 */
export const windowStep_s = 82_815;

/** Small enough that no window holds one event. */
const each = 0.001;

/** Cases of the windows beyond an hour. Records of 5 minutes, blocks and open hours are given; nothing is counted from metrics. */
export function windowCases(slo: Slo, job: string): PromtoolCase[] {
  const own = `{slo="${slo.name}",job="${job}"}`;
  const sum = (record: string): string => `sum by (slo, job) (${record}{slo="${slo.name}"})`;
  const given = (record: string, values: string, of = slo.name, more = ""): PromtoolCase["input_series"][number] => ({ series: `${record}{slo="${of}",job="given"${more}}`, values });
  const budget = round(1 - share(slo.objective));
  const [total, bad] = [increaseOf("total", slo.window), increaseOf("bad", slo.window)];
  const long = [...new Set(["3d", slo.window])];
  const ratios = ["2h", "6h", "1d", ...long].map((window) => `slo:error_ratio:${window}`);
  const records5m = (points: number, good: number, badly: number): PromtoolCase["input_series"] => [given("slo:total:increase5m", `${good}x${points}`), given("slo:bad:increase5m", `${badly}x${points}`)];
  const steps = Math.ceil((daysOf(slo.window) * 24 + 2) / 23);
  const month = slo.window === "month" ? ',month="1"' : "";
  return [
    {
      name: "two days with a thousandth of an event in five minutes, a quarter of it bad", interval: "5m",
      input_series: [...records5m(600, each, each / 4), ...strangers(600)],
      promql_expr_test: [
        ...([["2h", 24], ["6h", 72], ["1d", 288]] as const).flatMap(([window, count]) => [
          answers(sum(`slo:total:increase${window}`), at(2), { [own]: exact(count * each) }),
          answers(sum(`slo:bad:increase${window}`), at(2), { [own]: exact(count * each / 4) }),
          answers(sum(`slo:error_ratio:${window}`), at(2), { [own]: 0.25 }),
        ]),
        // The last 12 hours are open until a block is made of them.
        ...(["total", "bad"] as const).flatMap((kind) => {
          const half = exact(144 * each / (kind === "bad" ? 4 : 1));
          return [answers(sum(`slo:${kind}:open2h`), at(1), { [own]: half }), answers(sum(`slo:${kind}:block2h`), at(1), {}), answers(`slo:${kind}:block2h{slo="${slo.name}"} + 0`, at(2), { [`{slo="${slo.name}",job="${job}"${month}}`]: half }), answers(sum(`slo:${kind}:open2h`), at(2), {})];
        }),
      ],
    },
    {
      name: "a block is made for less than five minutes after full hours", interval: "5m",
      input_series: records5m(5600, each, each / 4),
      promql_expr_test: (["total", "bad"] as const).flatMap((kind) => [answers(`count(slo:${kind}:block2h{slo="${slo.name}"})`, at(18), { "{}": 1 }), answers(sum(`slo:${kind}:block2h`), at(20), {})]),
    },
    {
      name: "what a block of 18:00 holds is open no more at 23:00, and what one of 40:00 holds is in no other", interval: "5m",
      input_series: [...records5m(560, each, each / 4), ...["total", "bad"].flatMap((kind) => [given(`slo:${kind}:block2h`, "_x216 1 _x263 1", slo.name, month), given(`slo:${kind}:block2h`, "_x264 1 _x263 1", "another")])],
      promql_expr_test: (["total", "bad"] as const).flatMap((kind) => [
        answers(sum(`slo:${kind}:open2h`), at(1), { [own]: exact((60 * each) / (kind === "bad" ? 4 : 1)) }),
        answers(sum(`slo:${kind}:block2h`), at(2), { [own]: exact((72 * each) / (kind === "bad" ? 4 : 1)) }),
      ]),
    },
    {
      name: "blocks count while they are in the window, with what is open", interval: "5m",
      input_series: [
        ...blocks("total", 1), ...blocks("bad", 0.25), ...always("slo:total:open2h", 32 * each), ...always("slo:bad:open2h", 8 * each),
        ...["total", "bad"].flatMap((kind) => [given(`slo:${kind}:block2h`, `_x${(steps * 23 - 1) * 12} 1`, "another"), ...always(`slo:${kind}:open2h`, 1, "another"), ...long.flatMap((window) => always(increaseOf(kind as "total" | "bad", window), 1, "another"))]), ...always(`slo:error_ratio:${slo.window}`, 1, "another"),
      ],
      promql_expr_test: [
        ...long.flatMap((window) => {
          const inside = (window === "3d" ? 1 + 2 : 1 + 2 + 4 + 8) + 32;
          const bads = exact((inside * each) / 4);
          return [answers(sum(increaseOf("total", window)), at(steps), { [own]: exact(inside * each) }), answers(sum(increaseOf("bad", window)), at(steps), { [own]: bads }), answers(sum(`slo:error_ratio:${window}`), at(steps), { [own]: 0.25 })];
        }),
        answers(sum("slo:error_budget_remaining:ratio"), at(steps), { [own]: 1 - 0.25 / budget }),
        answers(sum("slo:error_budget_remaining:events"), at(steps), { [own]: exact(47 * each * budget - (47 * each) / 4) }),
      ],
    },
    {
      name: "no bad record at all is 0 bad; another objective's are not its own", interval: "5m",
      input_series: [...always("slo:total:open2h", each), ...long.flatMap((window) => always(increaseOf("total", window), 1, "another"))],
      promql_expr_test: long.flatMap((window) => [answers(sum(increaseOf("bad", window)), at(1), { [own]: 0 }), answers(sum(`slo:error_ratio:${window}`), at(1), { [own]: 0 })]),
    },
    {
      name: "idle: no events are no number, and no block", interval: "5m",
      input_series: [...records5m(600, 0, 0).slice(0, 1), given("slo:bad:increase5m", "0x600")],
      promql_expr_test: [
        ...[1, 2].flatMap((step) => ratios.map((ratio) => answers(ratio, at(step), {}))),
        answers('{__name__=~"slo:(total|bad):block2h"}', at(2), {}),
        ...long.flatMap((window) => (["total", "bad"] as const).map((kind) => answers(sum(increaseOf(kind, window)), at(1), { [own]: 0 }))),
      ],
    },
    {
      name: "idle, and not even a record of bad events: 0 bad, never NaN", interval: "5m",
      input_series: [given("slo:total:increase5m", "0x280")],
      promql_expr_test: long.map((window) => answers(sum(increaseOf("bad", window)), at(1), { [own]: 0 })),
    },
    {
      name: "without records there is no number", interval: "5m",
      input_series: [...always(total, 1, "another"), ...always(bad, 1, "another"), ...always("slo:total:increase3d", 1, "another")].filter((one, index, all) => all.findIndex(({ series }) => series === one.series) === index),
      promql_expr_test: [answers(`{__name__=~"slo:(total|bad|error_ratio|error_budget_remaining).*",slo="${slo.name}"}`, at(1), {})],
    },
  ];

  /** What another objective has recorded: nobody else's. */
  function strangers(points: number): PromtoolCase["input_series"] {
    return ["total", "bad"].map((kind) => given(`slo:${kind}:increase5m`, `7x${points}`, "another"));
  }

  /** Blocks an hour inside and an hour outside of 3 days and of the objective's window, each of another size. */
  function blocks(kind: string, factor: number): PromtoolCase["input_series"] {
    const end = steps * 23;
    const window_h = daysOf(slo.window) * 24;
    const sizes = [...(slo.window === "month" ? [] : [[window_h + 1, 16]]), [window_h - 1, 8], [73, 4], [71, 2], [1, 1]] as [number, number][];
    let next = 0;
    const values = sizes.map(([age, size]) => {
      const hour = end - age;
      const gap = `_x${hour * 12 - next} `;
      next = hour * 12 + 1;
      return `${gap}${exact(size * factor * each)}`;
    });
    return [given(`slo:${kind}:block2h`, values.join(" "), slo.name, month)];
  }

  /** The same to the end of the longest case. */
  function always(record: string, value: number, of = slo.name): PromtoolCase["input_series"] {
    return [given(record, `${exact(value)}x${(steps * 23 + 1) * 12}`, of)];
  }
}

/** The time of an evaluation. */
function at(step: number): string {
  return `${step * windowStep_s}s`;
}
