import type { Expected } from "./case-file.ts";
import type { Sent } from "./recorder.ts";

/** What is wrong with the messages of a moment: the line it is about and words over several lines. */
export type Difference = { line: number; text: string };

/** Expected messages that are not among those sent. Each message sent serves one expectation. */
export function missing(expected: Expected[], sent: Sent[]): { missing: Expected[]; left: Sent[] } {
  const left = [...sent];
  // Those that say most choose first, so that "any message to #alerts" does not take the one that another means.
  const byDetail = [...expected].sort((a, b) => detail(b) - detail(a));
  const unmet = byDetail.filter((one) => {
    const at = left.findIndex((message) => goesThere(one, message) && faults(one, message).length === 0);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { missing: unmet, left };
}

/** Undefined when exactly the expected messages were sent. `line`: that of the moment. */
export function difference(expected: Expected[], sent: Sent[], line: number): Difference | undefined {
  const { missing: unmet, left } = missing(expected, sent);
  if (unmet.length === 0 && left.length === 0) return undefined;
  const parts: string[] = [];
  for (const one of unmet) {
    const near = left.findIndex((message) => goesThere(one, message));
    const [message] = near < 0 ? [] : left.splice(near, 1);
    parts.push(message ? `${nameOf(one)} (line ${one.line}) is not as expected:\n${[...faults(one, message)].join("\n")}` : `missing: ${nameOf(one)} (line ${one.line})${one.has.length > 0 ? ` with ${one.has.join(", ")}` : ""}`);
  }
  for (const message of left) parts.push(`not expected: ${message.kind} to ${message.to} (receiver ${message.receiver})\n${indent(message.text)}`);
  return { line: unmet[0]?.line ?? line, text: parts.join("\n") };
}

export function indent(text: string): string {
  return text.split("\n").map((row) => `    ${row}`).join("\n");
}

function goesThere({ kind, to }: Expected, message: Sent): boolean {
  return kind === "receiver" ? message.receiver === to : message.kind === kind && message.to === to;
}

/** Each thing that is wrong with a message; none when it is as expected. */
function faults({ has, lacks, text }: Expected, message: Sent): string[] {
  const wrong = [
    ...has.filter((words) => !holds(message.text, words)).map((words) => `  - ${words}`),
    ...lacks.filter((words) => holds(message.text, words)).map((words) => `  should not stand there: ${words}`),
  ];
  if (wrong.length > 0) return [...wrong, "  the message:", indent(message.text)];
  const whole = text?.trimEnd();
  return whole === undefined || whole === message.text ? [] : [lineDiff(whole.split("\n"), message.text.split("\n"))];
}

function holds(text: string, words: string): boolean {
  const pattern = /^\/(.*)\/$/s.exec(words)?.[1];
  return pattern === undefined ? text.includes(words) : new RegExp(pattern, "m").test(text);
}

/** Lines only expected with "-", only sent with "+", common ones with neither (longest common subsequence). */
function lineDiff(expected: string[], sent: string[]): string {
  const longest = Array.from({ length: expected.length + 1 }, () => Array.from({ length: sent.length + 1 }, () => 0));
  for (let i = expected.length - 1; i >= 0; i--) for (let j = sent.length - 1; j >= 0; j--) longest[i]![j] = expected[i] === sent[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
  const rows: string[] = [];
  for (let i = 0, j = 0; i < expected.length || j < sent.length; ) {
    if (i < expected.length && expected[i] === sent[j]) {
      rows.push(`    ${expected[i++]}`);
      j++;
    } else if (i < expected.length && (j >= sent.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) rows.push(`  - ${expected[i++]}`);
    else rows.push(`  + ${sent[j++]}`);
  }
  return rows.join("\n");
}

function nameOf({ kind, to }: Expected): string {
  return kind === "receiver" ? `a message of receiver ${to}` : `${kind} ${kind === "pagerduty" ? "" : "to "}${to}`;
}

function detail({ has, text, kind }: Expected): number {
  return (text === undefined ? 0 : 1_000) + has.length * 10 + (kind === "receiver" ? 0 : 1);
}
