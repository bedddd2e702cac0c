import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackState } from "../state-file.ts";
import { messageOf, rootCause, UserError } from "../user-error.ts";

/** Addresses of the parts that a drill needs, without a path. */
export type Places = Record<(typeof needed)[number], string>;

const needed = ["backend", "prometheus", "alertmanager", "console"] as const;

/** Reads where the stack of this data folder is. @throws UserError when it does not run, or without a part that is needed */
export function findPlaces(data: string): Places {
  const file = join(data, "run", "state.json");
  let state: StackState;
  try {
    state = JSON.parse(readFileSync(file, "utf8")) as StackState;
    if (!Array.isArray(state?.parts)) throw new Error(`${file} names no parts`);
  } catch (error) {
    throw new UserError(`no stack runs in ${data} (${messageOf(error)}). Run \`npm start\` in another terminal, or name its folder with --data.`);
  }
  const entries = needed.map((name) => {
    const part = state.parts.find((each) => each.name === name);
    if (part?.url === undefined || part.state !== "ready") throw new UserError(`${name} is ${part?.state ?? "no part of the stack"} in ${data}; a drill needs ${needed.join(", ")}. Start the stack with all of them.`);
    return [name, new URL(part.url).origin];
  });
  return Object.fromEntries(entries) as Places;
}

/** JSON of an address. @throws UserError that names it */
export async function ask<Answer>(url: string, init?: RequestInit): Promise<Answer> {
  const text = await askText(url, init);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** What an address answers. @throws UserError that names it */
export async function askText(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init }).catch((error: unknown) => {
    throw new UserError(`${new URL(url).origin} does not answer (${messageOf(rootCause(error))}): does the stack still run?`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new UserError(`${init.method ?? "GET"} ${url} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}

export async function send(url: string, method: string, body?: unknown): Promise<void> {
  const answer = await fetch(url, { method, signal: AbortSignal.timeout(10_000), ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) });
  if (!answer.ok) throw new UserError(`${method} ${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
}
