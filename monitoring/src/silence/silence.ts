import type { Alertmanager, Silence } from "../alertmanager-api.ts";
import { readDuration } from "../duration.ts";
import { matcherText, readMatcher } from "../matchers.ts";
import { readTime } from "../time.ts";

/** A window in which nobody is told. `start`: ISO time, now without it; `length`: as 2h. */
export type Window = { matchers: string[]; length: string; start?: string; comment: string; by: string };

/** Sets a silence and says what it holds back. @throws Error when something is written wrongly, or Alertmanager refuses */
export async function addSilence(alertmanager: Alertmanager, { matchers: texts, length, start, comment, by }: Window, now_ms: number): Promise<string> {
  const matchers = texts.map(readMatcher);
  if (matchers.every(({ value, isEqual, isRegex }) => (isEqual && value === "") || (isRegex && isEqual && /^(?:\.[*+])?$/.test(value)) || !isEqual)) {
    throw new Error(`${texts.join(" ")} holds back nearly everything; name what is meant, as alertname=HighErrorRate or job=helloagents-api`);
  }
  if (comment.trim() === "") throw new Error("--comment is empty; say why, others read it");
  const from_ms = start === undefined ? now_ms : readTime("--start", start);
  const to_ms = from_ms + readDuration(length);
  if (to_ms <= now_ms) throw new Error(`the window is over already (${new Date(to_ms).toISOString()}); correct --start or --for`);
  const id = await alertmanager.silence({ matchers, startsAt: new Date(from_ms).toISOString(), endsAt: new Date(to_ms).toISOString(), createdBy: by, comment });
  const held = await alertmanager.alerts(matchers.map(matcherText));
  const names = [...new Set(held.map(({ alertname = "?", job }) => (job ? `${alertname} (${job})` : alertname)))];
  const effect = start !== undefined && from_ms > now_ms ? "" : `\nheld back now: ${names.length > 0 ? names.join(", ") : "no alert that fires"}`;
  return `silence ${id}: ${matchers.map(matcherText).join(" ")} ${start === undefined ? "" : `from ${time(from_ms)} `}until ${time(to_ms)}${effect}\nend it earlier: npm run monitoring -- silence expire ${id}`;
}

/** Silences that are in force or to come; with `all`, those that are over as well. Soonest end first. */
export async function listSilences(alertmanager: Alertmanager, all: boolean): Promise<string> {
  const silences = (await alertmanager.silences()).filter(({ status }) => all || status.state !== "expired").sort((a, b) => a.endsAt.localeCompare(b.endsAt));
  return silences.length === 0 ? "no silences" : silences.map(describe).join("\n");
}

/** Ends silences by id, or by the beginning of one. @throws Error when there is none, or more than one */
export async function expireSilences(alertmanager: Alertmanager, ids: string[]): Promise<string> {
  const silences = (await alertmanager.silences()).filter(({ status }) => status.state !== "expired");
  const chosen = ids.map((id) => {
    const found = silences.filter((silence) => silence.id.startsWith(id));
    if (found.length === 1) return found[0]!;
    throw new Error(found.length === 0 ? `there is no silence ${id} in force; \`silence list\` shows those there are` : `${id} is the beginning of ${found.length} silences; write more of it`);
  });
  for (const { id } of chosen) await alertmanager.expire(id);
  return chosen.map((silence) => `ended: ${describe(silence)}`).join("\n");
}

function describe({ id, matchers, startsAt, endsAt, createdBy, comment, status }: Silence): string {
  const when = status.state === "pending" ? `from ${time(Date.parse(startsAt))} until ${time(Date.parse(endsAt))}` : `${status.state === "expired" ? "ended" : "until"} ${time(Date.parse(endsAt))}`;
  return `${id}  ${when}  ${matchers.map(matcherText).join(" ")}  "${comment}" (${createdBy})`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
