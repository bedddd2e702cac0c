import type { ErrorObject, ValidateFunction } from "ajv";
import { isMap, isNode, isScalar, type Document } from "yaml";
import { nearest } from "./nearest.ts";
import { parseYaml, type Problem } from "./yaml-syntax.ts";

/** Where a value stands in a file: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** Words of its own for an error of the schema; undefined: the usual ones. `where` is the path as people read it. */
export type Wording = (error: ErrorObject, where: string) => { message: string; key?: string } | undefined;

/**
 * Reads YAML that has to have the shape of a JSON schema, and the line of each of its values.
 * @param hasShape compiled by Ajv with `allErrors` and `verbose`
 */
export function readShaped<Shape>(text: string, hasShape: ValidateFunction<Shape>, wording: Wording): { value: Shape; lineOf: (path: Path) => number } | { problems: Problem[] } {
  const read = parseYaml(text, { merge: true });
  if ("problem" in read) return { problems: [read.problem] };
  const { document, lines } = read;
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line;
  const value: unknown = document.toJS();
  if (hasShape(value)) return { value, lineOf };
  // What belongs to a choice, or to a name, is told by the error about the choice, or the name's own.
  const told = (hasShape.errors ?? []).filter(({ keyword, schemaPath }) => keyword !== "propertyNames" && !schemaPath.includes("/oneOf/"));
  return { problems: told.map((error) => describe(error, lineOf, wording)) };
}

/** Offset of the key (of a map) or the item (of a list) at `path`, or of the nearest thing around it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents;
    const key = isMap(parent) ? parent.items.map((pair) => pair.key).find((one) => isScalar(one) && one.value === path[length - 1]) : undefined;
    const node = key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function describe(error: ErrorObject, lineOf: (path: Path) => number, wording: Wording): Problem {
  const path = error.instancePath.split("/").slice(1).map((key) => (/^\d+$/.test(key) ? Number(key) : key.replaceAll("~1", "/").replaceAll("~0", "~")));
  const where = path.length > 0 ? path.join(".") : "the file";
  const { message, key } = wording(error, where) ?? usual(error, where);
  return { line: lineOf(key === undefined ? path : [...path, key]), message };
}

function usual(error: ErrorObject, where: string): { message: string; key?: string } {
  const parent = (error.parentSchema ?? {}) as { properties?: object; description?: string };
  const params = error.params as Record<string, string>;
  if (error.keyword === "required") return { message: `${where} has no "${params["missingProperty"]}"; add it` };
  if (error.keyword !== "additionalProperties") return { message: `${where} ${error.message}.${parent.description ? ` ${parent.description}` : ""}` };
  const key = params["additionalProperty"]!;
  const known = Object.keys(parent.properties ?? {});
  const meant = nearest(key, known);
  return { message: `unknown key "${key}" in ${where}; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(", ")}`}`, key };
}
