import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { readDuration } from "../duration.ts";
import { readMatcher, type Matcher } from "../matchers.ts";
import { nearest } from "../nearest.ts";
import { readShaped } from "../yaml-shape.ts";
import type { Problem } from "../yaml-syntax.ts";
import { instantOf, readWallClock } from "./wall-clock.ts";

/** An alert as Prometheus would send it. `since` and `until` (ms since 1970) are fixed when messages are to show them. */
export type TestAlert = { labels: Record<string, string>; annotations: Record<string, string>; since?: number; until?: number };

/** What a message has to be: its way out (`kind`), where it goes (`to`), and its words. A word in slashes is a pattern. */
export type Expected = { line: number; kind: string; to: string; has: string[]; lacks: string[]; text?: string };

/** A moment of a case: what happens at it, then what has been sent since the last moment that told. */
export type Moment = { line: number; at_ms: number; firing: TestAlert[]; resolved: TestAlert[]; silences: { matchers: Matcher[]; for_ms: number }[]; messages?: Expected[] };

/** One case. `clock`: the instant at 0m, and whether the file states it. */
export type Case = { name: string; line: number; clock: { instant_ms: number; stated: boolean }; moments: Moment[] };

type Written = {
  alerts: Record<string, { labels: Record<string, string>; annotations?: Record<string, string>; since?: string; until?: string }>;
  cases: { name: string; clock?: string; timeline: WrittenMoment[] }[];
};
type WrittenMoment = { at: string; firing?: string[]; resolved?: string[]; silence?: { matchers: string[]; for: string }; messages?: Record<string, string | string[]>[] };

/** The keys of a message that say which way it goes. */
export const kinds = ["slack", "pagerduty", "email", "webhook", "receiver"];

/** A case that says no clock is told at noon of a working day. */
const usualClock = "Wednesday 12:00";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "routes-test.schema.json"), "utf8")) as object;
const hasShape = new Ajv({ allErrors: true, verbose: true, strictTypes: false }).compile<Written>(schema);

/** Reads a file of cases; everything that is wrong with it comes back by line. */
export function readCaseFile(text: string): { cases: Case[] } | { problems: Problem[] } {
  const read = readShaped(text, hasShape, wording);
  if ("problems" in read) return read;
  const { value: written, lineOf } = read;
  const problems: Problem[] = [];
  const attempt = <Value>(path: (string | number)[], read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push({ line: lineOf(path), message: (error as Error).message });
      return undefined;
    }
  };
  const alerts = new Map(Object.entries(written.alerts).map(([name, { labels, annotations = {}, since, until }]) => {
    const alert: TestAlert = { labels, annotations };
    if (since !== undefined) alert.since = attempt(["alerts", name, "since"], () => readInstant(since)) ?? 0;
    if (until !== undefined) alert.until = attempt(["alerts", name, "until"], () => readInstant(until)) ?? 0;
    if (until !== undefined && !((alert.since ?? Infinity) < alert.until!)) problems.push({ line: lineOf(["alerts", name, "until"]), message: `${name}: "until" wants a "since" before it` });
    if (!labels["alertname"]) problems.push({ line: lineOf(["alerts", name, "labels"]), message: `${name} has no label alertname; add it` });
    return [name, alert] as const;
  }));
  const known = (path: (string | number)[], names: string[] = []): TestAlert[] => names.flatMap((name, index) => attempt([...path, index], () => alerts.get(name) ?? unknownAlert(name, alerts.keys())) ?? []);
  const cases = written.cases.map(({ name, clock, timeline }, number): Case => {
    const base = ["cases", number];
    const instant_ms = attempt([...base, "clock"], () => instantOf(readWallClock(clock ?? usualClock))) ?? 0;
    let last_ms = -1;
    const moments = timeline.map((moment, index): Moment => {
      const path = [...base, "timeline", index];
      const at_ms = attempt([...path, "at"], () => readDuration(moment.at)) ?? 0;
      if (at_ms <= last_ms) problems.push({ line: lineOf([...path, "at"]), message: `${moment.at} is not after the moment before it; put them in order` });
      last_ms = at_ms;
      return {
        line: lineOf(path),
        at_ms,
        firing: known([...path, "firing"], moment.firing),
        resolved: known([...path, "resolved"], moment.resolved),
        silences: moment.silence === undefined ? [] : [{
          matchers: moment.silence.matchers.flatMap((text, position) => attempt([...path, "silence", "matchers", position], () => readMatcher(text)) ?? []),
          for_ms: attempt([...path, "silence", "for"], () => readDuration(moment.silence!.for)) ?? 0,
        }],
        ...(moment.messages === undefined ? {} : { messages: moment.messages.map((message, position) => readExpected(message, lineOf([...path, "messages", position]))) }),
      };
    });
    return { name, line: lineOf([...base, "name"]), clock: { instant_ms, stated: clock !== undefined }, moments };
  });
  return problems.length > 0 ? { problems: problems.sort((a, b) => a.line - b.line) } : { cases };
}

function readExpected(message: Record<string, string | string[]>, line: number): Expected {
  const kind = kinds.find((one) => message[one] !== undefined)!;
  const list = (key: string): string[] => (message[key] === undefined ? [] : [message[key]].flat());
  return { line, kind, to: String(message[kind]), has: list("has"), lacks: list("lacks"), ...(message["text"] === undefined ? {} : { text: String(message["text"]) }) };
}

function readInstant(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new Error(`"${text}" is no time; write 2026-01-03T03:00:00Z`);
  if (instant > Date.now()) throw new Error(`"${text}" is not over yet; Alertmanager takes no end that lies ahead, so state a time that has passed`);
  return instant;
}

function unknownAlert(name: string, names: Iterable<string>): never {
  const meant = nearest(name, names);
  throw new Error(`there is no alert "${name}" in "alerts"; ${meant ? `did you mean "${meant}"?` : "add it there"}`);
}

function wording({ keyword, instancePath }: ErrorObject, where: string): { message: string } | undefined {
  return keyword === "oneOf" && instancePath.includes("/messages") ? { message: `${where} says where it goes by one key of ${kinds.join(", ")}` } : undefined;
}
