import { HttpError } from "./http-error.ts";

type Query = Record<string, unknown>;

/** A query parameter as text; absent or empty is undefined. */
export function textParam(query: Query, name: string): string | undefined {
  const value = query[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A query parameter that is a number in [min, max]; above max becomes max. Throws 400 when it is no such number. */
export function numberParam(query: Query, name: string, min: number, max: number): number | undefined {
  const given = textParam(query, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isFinite(value) || value < min) throw new HttpError(400, `${name}=${given} is not a number from ${min} up`);
  return Math.min(value, max);
}

/** A moment in ms since 1970. `now` bounds nothing: what is here is not from later. Throws 400 when it is neither. */
export function momentParam(query: Query, name: string): number | undefined {
  return textParam(query, name) === "now" ? undefined : numberParam(query, name, 0, Number.MAX_SAFE_INTEGER);
}

/** A query parameter that is one of `choices`. Throws 400 otherwise. */
export function choiceParam<T extends string>(query: Query, name: string, choices: readonly T[]): T | undefined {
  const given = textParam(query, name);
  if (given === undefined || (choices as readonly string[]).includes(given)) return given as T | undefined;
  throw new HttpError(400, `${name}=${given} is not known: use ${choices.join(", ")}`);
}
