import { stringify } from "yaml";
import { burnAlerts } from "./burn-alerts.ts";
import { round, share } from "./check.ts";
import { countsOf, type Counts } from "./counts.ts";
import type { Definitions, Slo } from "./definitions.ts";

export type Rule = { record?: string; alert?: string; expr: string; for?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
type Group = { name: string; interval: string; rules: Rule[] };

/** Adds the labels of one objective to a recording. */
type Recorder = (name: string, expr: string) => Rule;

/** File of the counts of promises that no objective counts. */
export const promisesFile = "sla.yml";

const header = `# Generated from SLO_DEFINITIONS.yml by \`npm run monitoring -- generate\`. Do not edit: change the definitions and generate again.
#
# Bad and total events are recorded, summed and divided last, so an hour counts as much as it had events. No events is no number: ratios exist
# only where total > 0.
#   increase5m   events over 5 minutes, the only records that longer windows are made of; the step of 5m in what reads them makes sums
#                independent of how often rules run
#   block2h      at every full two hours: all 5-minute records that no block holds yet, those from before an outage as well
#   open2h       the 5-minute records that no block holds yet
#   increase30d  blocks and open2h: 361 samples, however many series the service has. Up to two hours more than its name says.
`;

/** Prometheus rule files by name: `slo-<name>.yml` for each objective, and `sla.yml`. The definitions have to be checked before. */
export function generateRules(definitions: Definitions): Map<string, string> {
  const files = definitions.slo.map((slo): [string, Group[]] => [`slo-${slo.name}.yml`, groupsOf(slo, countsOf(definitions.sli[slo.sli]!, jobOf(slo, definitions)), jobOf(slo, definitions))]);
  const promised = promisedGroups(definitions);
  if (promised.length > 0) files.push([promisesFile, promised]);
  return new Map(files.map(([name, groups]) => [name, header + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })]));
}

/** Value of the label `slo` that the counts of a promise have: the objective on its indicator, else its own. Undefined when it names no indicator. */
export function countedAs({ slo }: Definitions, promise: { name: string; sli?: string }): string | undefined {
  return promise.sli === undefined ? undefined : (slo.find(({ sli }) => sli === promise.sli)?.name ?? `sla:${promise.name}`);
}

/** Label `job` of what is recorded. */
export function jobOf({ service }: { service?: string }, definitions: Definitions): string {
  return service ?? definitions.service;
}

function groupsOf(slo: Slo, counts: Counts, job: string): Group[] {
  const own = `{slo="${slo.name}"}`;
  const record: Recorder = (name, expr) => ({ record: name, expr, labels: { slo: slo.name, job } });
  const budget = round(1 - share(slo.objective));
  const total = increaseOf("total", slo.window);
  return [
    {
      name: `slo-${slo.name}-events`,
      interval: "30s",
      rules: [...["5m", "30m", "1h"].flatMap((range) => countRules(counts, range, record, own, true)), record("slo:burn_rate:1h", `slo:error_ratio:1h${own} / ${budget}`)],
    },
    {
      name: `slo-${slo.name}-windows`,
      interval: "1m",
      rules: [
        ...(["total", "bad"] as const).flatMap((kind) => blockRules(kind, slo.window === "month", record, own)),
        ...["2h", "6h", "1d", "3d", slo.window].flatMap((window) => windowRules(window, record, own)),
        record("slo:objective:ratio", `vector(${share(slo.objective)})`),
        record("slo:error_budget_remaining:ratio", `1 - slo:error_ratio:${slo.window}${own} / ${budget}`),
        record("slo:error_budget_remaining:events", `${total}${own} * ${budget} - ${increaseOf("bad", slo.window)}${own}`),
      ],
    },
    { name: `slo-${slo.name}-alerts`, interval: "30s", rules: burnAlerts(slo, job, counts.heartbeat) },
  ];
}

/** What the report needs to know about promises whose indicator no objective counts. */
function promisedGroups(definitions: Definitions): Group[] {
  return (definitions.sla ?? []).flatMap((promise) => {
    const label = countedAs(definitions, promise);
    if (!label?.startsWith("sla:")) return [];
    const job = jobOf(promise, definitions);
    const record: Recorder = (name, expr) => ({ record: name, expr, labels: { slo: label, job } });
    return [{ name: `sla-${promise.name}`, interval: "1m", rules: countRules(countsOf(definitions.sli[promise.sli!]!, job), "5m", record, `{slo="${label}"}`, false) }];
  });
}

/** Events of the last `range`, from the metrics themselves. */
function countRules(counts: Counts, range: string, record: Recorder, own: string, ratio: boolean): Rule[] {
  // Those of 5m read nothing recorded, so that they can be made for the past as well: promtool tsdb create-blocks-from rules.
  const total = range === "5m" ? counts.total(range) : `sum(slo:total:increase${range}${own})`;
  const rules = [record(`slo:total:increase${range}`, counts.total(range)), record(`slo:bad:increase${range}`, counts.bad(range, total))];
  return ratio ? [...rules, ratioRule(range, record, own)] : rules;
}

/**
 * Blocks are made once, at the first evaluation after each full two hours (UTC, so a month begins with one), of exactly the records that no
 * block has: an evaluation that was missed, or that comes twice, changes no sum. Of an outage of Prometheus up to ten hours nothing that had been
 * recorded before is lost.
 */
function blockRules(kind: "total" | "bad", byMonth: boolean, record: Recorder, own: string): Rule[] {
  const block = `slo:${kind}:block2h`;
  const open = `sum_over_time((slo:${kind}:increase5m${own} unless on () present_over_time(${block}${own}[12h1s] offset -12h))[12h:5m])`;
  const due = `(${open} > 0) and on () (vector(time() % 7200) < 300)`;
  return [
    // The month that the block's hours are in becomes a label: a range can be no month.
    record(block, byMonth ? `(${due}) * on () group_left (month) count_values("month", month(vector(time() - 3600)))` : due),
    record(`slo:${kind}:open2h`, open),
  ];
}

/** Events of a window beyond 1h, from the records. */
function windowRules(window: string, record: Recorder, own: string): Rule[] {
  const [total, bad] = [increaseOf("total", window), increaseOf("bad", window)];
  if (["2h", "6h", "1d"].includes(window)) {
    const sum = (kind: string): string => `sum_over_time(slo:${kind}:increase5m${own}[${window}:5m])`;
    return [record(total, sum("total")), record(bad, sum("bad")), ratioRule(window, record, own)];
  }
  const blocks = (kind: string): string => (window === "month" ? `sum_over_time(slo:${kind}:block2h${own}[31d]) and on (month) count_values("month", month())` : `sum_over_time(slo:${kind}:block2h${own}[${window}])`);
  const sum = (kind: string): string => `sum(${blocks(kind)} or label_replace(slo:${kind}:open2h${own}, "part", "open", "", ""))`;
  return [record(total, sum("total")), record(bad, `${sum("bad")} or 0 * sum(${total}${own})`), ratioRule(window, record, own)];
}

function ratioRule(window: string, record: Recorder, own: string): Rule {
  return record(`slo:error_ratio:${window}`, `${increaseOf("bad", window)}${own} / (${increaseOf("total", window)}${own} > 0)`);
}

/** Name of the record of all or of bad events of a window. */
export function increaseOf(kind: "total" | "bad", window: string): string {
  return `slo:${kind}:increase${window === "month" ? "_month" : window}`;
}
