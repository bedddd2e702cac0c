import type { Attainment, Promised, Report } from "./report.ts";

/** The report as Markdown: a table of objectives, one of promises, and the worst hours. */
export function reportText({ time, objectives, promises }: Report): string {
  return [
    `# Service levels, ${time.slice(0, 16).replace("T", " ")} UTC`,
    "",
    "| objective | goal | window | attained | | events | bad | budget left | in events | as full outage | lasts, at the last day's rate |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...objectives.map(objectiveRow),
    ...(promises.length > 0 ? ["", "| promise | | measured | by |", "| --- | --- | --- | --- |", ...promises.map(promiseRow)] : []),
    ...objectives.flatMap(worst),
    "",
  ].join("\n");
}

function objectiveRow(one: Attainment): string {
  const { name, service, objective, window, events, bad, attainment, met, budgetLeft, budgetLeftEvents, budgetLeftOutageHours, daysToExhaustion } = one;
  const lasts = daysToExhaustion === null ? "-" : daysToExhaustion >= 30 ? "more than 30 days" : `${amount(daysToExhaustion, 1)} days`;
  return row([
    `${name} (${service})`, percentage(objective), window, percentage(attainment), verdict(met, "met", "missed"), amount(events), amount(bad), percentage(budgetLeft, 1),
    amount(budgetLeftEvents), budgetLeftOutageHours === null ? "-" : `${amount(budgetLeftOutageHours, 1)} h`, lasts,
  ]);
}

function promiseRow({ promise, value, kept, how }: Promised): string {
  return row([promise, verdict(kept, "kept", "broken"), value === null ? "-" : amount(value, 4), how]);
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
