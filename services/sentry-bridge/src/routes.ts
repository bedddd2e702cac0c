import { readFileSync } from "node:fs";
import { type Dsn, parseDsn } from "./dsn.ts";

/** Each is a set of kept connections. */
const MAX_ROUTES = 500;

/**
 * Reads `{"checkout": "https://key@host/1", ...}`: service.name -> DSN.
 * @param setting that named the file; errors name both and never repeat a value, which holds a key
 */
export function readRoutes(path: string, setting: string): ReadonlyMap<string, Dsn> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${setting} names ${path}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message repeats a part of the text.
    throw new Error(`${path} (${setting}) is not JSON; it reads {"<service.name>": "<DSN>"}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${path} (${setting}) is not an object; it reads {"<service.name>": "<DSN>"}`);
  const entries = Object.entries(value);
  if (entries.length > MAX_ROUTES) throw new Error(`${path} (${setting}) names ${entries.length} services; ${MAX_ROUTES} is the most`);
  return new Map(entries.map(([service, dsn]) => [service, parseDsn(String(dsn), `the DSN of ${JSON.stringify(service)} in ${path} (${setting})`)]));
}
