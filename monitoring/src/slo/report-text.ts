import type { Attainment, Promised, Report } from "./report.ts";

/** The report as Markdown: a table of objectives, one of promises, and the worst hours. */
export function reportText({ time, objectives, promises }: Report): string {
  return [
    `# Service levels, ${time.slice(0, 16).replace("T", " ")} UTC`,
    "",
    "| objective | goal | window | attained | | events | bad | budget left | in events | as full outage | lasts, at the last day's rate |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...objectives.map(objectiveRow),
    ...(promises.length > 0 ? ["", "| promise | | over | measured | events | bad | by |", "| --- | --- | --- | --- | --- | --- | --- |", ...promises.map(promiseRow)] : []),
    ...objectives.flatMap(worst),
    "",
  ].join("\n");
}

function objectiveRow(one: Attainment): string {
  const { name, service, objective, window, events, bad, attainment, met, budgetLeft, budgetLeftEvents, budgetLeftOutageHours, daysToExhaustion, exhaustedAt } = one;
  const lasts = daysToExhaustion === null ? "-" : daysToExhaustion >= 30 ? "more than 30 days" : `${amount(daysToExhaustion, 1)} days, to ${exhaustedAt!.slice(0, 16).replace("T", " ")}`;
  return row([
    `${name} (${service})`, percentage(objective), window, percentage(attainment), verdict(met, "met", "missed"), amount(events), amount(bad), percentage(budgetLeft, 1),
    amount(budgetLeftEvents), budgetLeftOutageHours === null ? "-" : `${amount(budgetLeftOutageHours, 1)} h`, lasts,
  ]);
}

function promiseRow({ promise, window, events, bad, value, kept, how }: Promised): string {
  const measured = window === null ? (value === null ? "-" : amount(value, 4)) : percentage(value);
  // What nothing here measures is neither kept nor without data.
  return row([promise, kept === null && how.startsWith("not measured") ? "-" : verdict(kept, "kept", "broken"), window ?? "-", measured, amount(events), amount(bad), how]);
}

function worst({ name, worstHours }: Attainment): string[] {
  if (worstHours.length === 0) return [];
  return ["", `Worst hours of ${name}:`, ...worstHours.map(({ end, bad, share }) => `- the hour to ${end.slice(0, 16).replace("T", " ")} UTC: ${amount(bad)} bad, ${percentage(share, 1)} of its events`)];
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function verdict(value: boolean | null, yes: string, no: string): string {
  return value === null ? "no data" : value ? yes : `**${no}**`;
}

function percentage(value: number | null, digits = 3): string {
  return value === null ? "-" : `${amount(value * 100, digits)}%`;
}

function amount(value: number | null, digits = 0): string {
  return value === null ? "-" : value.toLocaleString("en", { maximumFractionDigits: digits });
}
