import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { root } from "../files.ts";
import { readShaped, type Path } from "../yaml-shape.ts";
import type { Problem } from "../yaml-syntax.ts";
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

/** A file that has the right shape, and the line of each of its values. */
export type SloFile = { definitions: Definitions; lineOf: (path: Path) => number };

const schema = JSON.parse(readFileSync(join(root, "SLO_DEFINITIONS.schema.json"), "utf8")) as object;
const hasShape = new Ajv({ allErrors: true, verbose: true }).compile<Definitions>(schema);

/** Reads definitions from YAML text; only their shape is judged here. */
export function readSloFile(text: string): SloFile | { problems: Problem[] } {
  const read = readShaped(text, hasShape, wording);
  return "problems" in read ? read : { definitions: read.value, lineOf: read.lineOf };
}

function wording({ keyword, params, parentSchema, propertyName, data }: ErrorObject, where: string): { message: string; key?: string } | undefined {
  const { description, enum: allowed, const: fixed } = (parentSchema ?? {}) as { description?: string; enum?: string[]; const?: unknown };
  const { property, missingProperty } = params as Record<string, string>;
  switch (keyword) {
    case "dependencies":
      return { message: `${where} has "${property}" but no "${missingProperty}"; they go together`, key: property! };
    case "pattern":
      if (propertyName !== undefined) return { message: `the name "${propertyName}" in ${where} may hold lower-case letters, digits and _ only`, key: propertyName };
      return { message: `${where} is ${JSON.stringify(data)}, which is not written as it should be.${description ? ` ${description}` : ""}` };
    case "enum":
      return { message: `${where} is ${JSON.stringify(data)}; it may be ${allowed!.join(", ")}` };
    case "const":
      return { message: `${where} is ${JSON.stringify(data)}; it has to be ${JSON.stringify(fixed)}` };
    default:
      return undefined;
  }
}
