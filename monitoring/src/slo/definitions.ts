import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { root } from "../files.ts";
import { nearest } from "../nearest.ts";
import type { Window } from "./burn-tiers.ts";

/** One indicator as written: ratio (total with good or bad), latency (histogram or native_histogram with within) or probe. */
export type Sli = { description?: string; total?: string; good?: string; bad?: string; histogram?: string; native_histogram?: string; within?: string; probe?: string };

/** One objective as written; objective as "99.5%". */
export type Slo = { name: string; description?: string; service?: string; sli: string; objective: string; window: Window; symptom: string; dashboard?: string; minEvents?: number; factors?: number[] };

/** A file of the shape of SLO_DEFINITIONS.schema.json. */
export type Definitions = {
  service: string;
  sli: Record<string, Sli>;
  slo: Slo[];
  aspirations?: { name: string; sli: string; objective: string }[];
  sla?: Sla[];
};

/**
 * A promise to users, only reported: kept when `sli` attains `objective` over `window` (a calendar month when it does not say), or when the
 * value of `query` is below `below`. `response` is how soon support answers, by severity; nothing here measures that.
 */
export type Sla = { name: string; promise: string; service?: string; sli?: string; objective?: string; window?: Window; query?: string; below?: number; response?: Record<string, string> };

/** Where a value stands in the file: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** What is wrong, and at which line (from 1). */
export type Problem = { line: number; message: string };

/** A file that has the right shape, and the line of each of its values. */
export type SloFile = { definitions: Definitions; lineOf: (path: Path) => number };

const schema = JSON.parse(readFileSync(join(root, "SLO_DEFINITIONS.schema.json"), "utf8")) as object;
const hasShape = new Ajv({ allErrors: true, verbose: true }).compile<Definitions>(schema);

/** Reads definitions from YAML text; only their shape is judged here. */
export function readSloFile(text: string): SloFile | { problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return { problems: document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, message: `not YAML: ${message.split("\n")[0]}` })) };
  }
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line;
  const definitions: unknown = document.toJS();
  if (hasShape(definitions)) return { definitions, lineOf };
  // A bad name is reported twice, by its pattern and by the map that holds it.
  return { problems: (hasShape.errors ?? []).filter(({ keyword }) => keyword !== "propertyNames").map((error) => describe(error, lineOf)) };
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

function describe(error: ErrorObject, lineOf: (path: Path) => number): Problem {
  const path = error.instancePath.split("/").slice(1).map((key) => (/^\d+$/.test(key) ? Number(key) : key.replaceAll("~1", "/").replaceAll("~0", "~")));
  const where = path.length > 0 ? path.join(".") : "the file";
  const parent = (error.parentSchema ?? {}) as { properties?: object; description?: string; enum?: string[]; const?: unknown };
  const hint = parent.description ? ` ${parent.description}` : "";
  const params = error.params as Record<string, string>;
  const at = (message: string, ...more: string[]): Problem => ({ line: lineOf([...path, ...more]), message });
  switch (error.keyword) {
    case "additionalProperties": {
      const key = params["additionalProperty"]!;
      const known = Object.keys(parent.properties ?? {});
      const meant = nearest(key, known);
      return at(`unknown key "${key}" in ${where}; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(", ")}`}`, key);
    }
    case "required":
      return at(`${where} has no "${params["missingProperty"]}"; add it`);
    case "dependencies":
      return at(`${where} has "${params["property"]}" but no "${params["missingProperty"]}"; they go together`, params["property"]!);
    case "pattern":
      if (error.propertyName !== undefined) return at(`the name "${error.propertyName}" in ${where} may hold lower-case letters, digits and _ only`, error.propertyName);
      return at(`${where} is ${JSON.stringify(error.data)}, which is not written as it should be.${hint}`);
    case "enum":
      return at(`${where} is ${JSON.stringify(error.data)}; it may be ${parent.enum!.join(", ")}`);
    case "const":
      return at(`${where} is ${JSON.stringify(error.data)}; it has to be ${JSON.stringify(parent.const)}`);
    default:
      return at(`${where} ${error.message}.${hint}`);
  }
}
