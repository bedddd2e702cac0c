import { existsSync } from "node:fs";
import { absolute, CASES_DIR } from "../config/places.ts";
import { displayName } from "../config/config-file.ts";
import { CannotRun, fileFault, messageOf } from "../failure.ts";
import { didYouMean } from "../nearest.ts";
import { at, loadCases, type LoadedCase } from "../cases/case-files.ts";
import { readSamples } from "../cases/sample-files.ts";
import { type Request, requestsOf } from "../cases/otlp-from-case.ts";

/** What is sent, and what it is called. */
export interface Subject {
  name: string;
  requests: Request[];
  receiver: string | undefined;
}

/** A case by its name, a part of it, or `file:line`; or an OTLP/JSON file. @throws CannotRun */
export function findSubject(wanted: string, casePaths: readonly string[]): Subject {
  const path = absolute(wanted);
  if (existsSync(path) && !wanted.endsWith(".yaml")) return sampleSubject(path);
  const [, file, line] = /^(.*\.yaml)(?::(\d+))?$/.exec(wanted) ?? [];
  const cases = loadCases(file === undefined ? (casePaths.length > 0 ? casePaths.map(absolute) : [CASES_DIR]) : [absolute(file)]);
  const found = file === undefined ? byName(cases, wanted) : line === undefined ? cases : byLine(cases, Number(line));
  const [first] = found;
  if (first && found.length === 1) return { name: first.name, requests: requestsOf(first, Date.now()), receiver: first.given.receiver };
  const listed = found.map((each) => `${at(each.place)} ${each.name}`).slice(0, 5).join("; ");
  if (found.length > 1) throw new CannotRun(`"${wanted}" fits ${found.length} cases. Give one by its name or as FILE:LINE: ${listed}${found.length > 5 ? "; ..." : ""}.`);
  throw new CannotRun(`"${wanted}" is no file and no case.${didYouMean(wanted, cases.map(({ name }) => name))} Give the name of a case, FILE:LINE of one, or a file of OTLP/JSON.`);
}

/** A file of OTLP/JSON. @throws CannotRun when it is none. */
export function sampleSubject(path: string): Subject {
  try {
    return { name: displayName(path), requests: requestsOf({ given: {}, samples: readSamples(path) }, Date.now()), receiver: undefined };
  } catch (error) {
    if (error instanceof Error && "code" in error) throw fileFault(displayName(path), "read", error);
    throw new CannotRun(`${displayName(path)}: cannot be used: ${messageOf(error)}.`);
  }
}

function byName(cases: readonly LoadedCase[], wanted: string): LoadedCase[] {
  const exact = cases.filter(({ name }) => name === wanted);
  return exact.length > 0 ? exact : cases.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
}

/** The case that the line is in. */
function byLine(cases: readonly LoadedCase[], line: number): LoadedCase[] {
  const found = cases.filter(({ place }) => place.line <= line).at(-1);
  return found ? [found] : [];
}
