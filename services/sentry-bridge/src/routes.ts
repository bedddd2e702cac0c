import { readFileSync } from "node:fs";
import { type Dsn, parseDsn } from "./dsn.ts";

/** By resource attribute, in the order of trial; then by its value. */
export type Routes = ReadonlyMap<string, ReadonlyMap<string, Dsn>>;

/** Each is a set of kept connections. */
const MAX_ROUTES = 500;
const SERVICE = "service.name";
const FORM = '{"<service.name>": "<DSN>", "<resource attribute>=<value>": "<DSN>"}';

/**
 * Reads `{"checkout": "https://key@host/1", "team.name=payments": "https://key@host/2", ...}`: a name alone is a service.name. Services
 * come first, then the attributes in the order of the file. Attributes choose among these DSNs; they never bring one.
 * @param setting that named the file; errors name both, and the line, and never repeat a value, which holds a key
 */
export function readRoutes(path: string, setting: string): Routes {
  const text = readText(path, setting);
  const value = parse(text, path, setting);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${path} (${setting}) is not an object; it reads ${FORM}`);
  const entries = Object.entries(value);
  if (entries.length > MAX_ROUTES) throw new Error(`${path} (${setting}) names ${entries.length} routes; ${MAX_ROUTES} is the most`);
  const routes = new Map<string, Map<string, Dsn>>([[SERVICE, new Map()]]);
  for (const [key, dsn] of entries) {
    const where = `${path}:${lineOf(text, key)} (${setting})`;
    const [attribute, wanted] = split(key);
    if (attribute === "" || wanted === "") throw new Error(`${where}: ${JSON.stringify(key.slice(0, 100))} names no route; write a service.name, or <resource attribute>=<value>`);
    if (typeof dsn !== "string") throw new Error(`${where}: the DSN of ${JSON.stringify(key)} is not a text; it reads ${FORM}`);
    const values = routes.get(attribute) ?? new Map<string, Dsn>();
    routes.set(attribute, values.set(wanted, parseDsn(dsn, `${where}: the DSN of ${JSON.stringify(key)}`)));
  }
  return routes;
}

function split(key: string): [attribute: string, value: string] {
  const at = key.indexOf("=");
  return at < 0 ? [SERVICE, key] : [key.slice(0, at), key.slice(at + 1)];
}

function readText(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new Error(`${setting} names ${path}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}; correct the path or its permissions`, { cause: error });
  }
}

function parse(text: string, path: string, setting: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message repeats a part of the text; only the place is taken from it.
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = (at === undefined ? text : text.slice(0, Number(at))).split("\n").length;
    throw new Error(`${path}:${line} (${setting}) is not JSON; the file reads ${FORM}`, { cause: error });
  }
}

/** Where a key stands, from 1; 1 when it is written with escapes. */
function lineOf(text: string, key: string): number {
  return 1 + Math.max(0, text.split("\n").findIndex((line) => line.includes(JSON.stringify(key))));
}
