import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { type ConfigFile, displayName, type Path, type Place, readConfigFile } from "../config/config-file.ts";
import { treeAt } from "../config/merge.ts";
import { CannotRun, fileFault, messageOf } from "../failure.ts";
import { didYouMean } from "../nearest.ts";
import type { Case } from "./case.ts";
import { readSamples, type Sample } from "./sample-files.ts";

/** A case with the way back to its lines. */
export interface LoadedCase extends Case {
  place: Place;
  /** Line of a key below the case. */
  placeOf(path: Path): Place;
  /** Text of `given.file`, read and checked. */
  samples: Sample[];
}

const SCHEMA = JSON.parse(readFileSync(new URL("../../cases.schema.json", import.meta.url), "utf8")) as object;
const validateSchema = new Ajv({ allowUnionTypes: true, allErrors: true, verbose: true }).compile<{ cases: Case[] }>(SCHEMA);

/** The cases of files and of folders (every `*.test.yaml` in them). @throws CannotRun naming file, line and what to do. */
export function loadCases(paths: readonly string[]): LoadedCase[] {
  const files = paths.flatMap(caseFilesIn);
  if (files.length === 0) throw new CannotRun(`${paths.map(displayName).join(", ")}: no *.test.yaml here. Write a case; otel-collector/README.md shows one.`);
  return files.flatMap(loadFile);
}

function caseFilesIn(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path).filter((name) => name.endsWith(".test.yaml")).sort().map((name) => join(path, name));
  } catch (error) {
    throw fileFault(displayName(path), "read", error);
  }
}

/** The samples that cases name, for whoever wants to know when they change. Faults are left to `loadCases`. */
export function samplesOf(paths: readonly string[]): string[] {
  try {
    return paths.flatMap(caseFilesIn).flatMap((path) => {
      const { cases } = readConfigFile(path).value;
      const names = (Array.isArray(cases) ? cases : []).map((each: unknown) => treeAt(each, "given")["file"]);
      return names.filter((name) => typeof name === "string").map((name) => resolve(dirname(path), name));
    });
  } catch {
    return [];
  }
}

function loadFile(path: string): LoadedCase[] {
  const file = readConfigFile(path);
  const syntax = file.errors[0];
  if (syntax) throw new CannotRun(`${at(syntax.place)}: ${syntax.message}`);
  const value: unknown = file.value;
  if (!validateSchema(value)) throw new CannotRun(schemaMessage(file, validateSchema.errors ?? []));
  const names = new Set<string>();
  return value.cases.map((each, index) => {
    const placeOf = (path: Path): Place => placeOrParent(file, ["cases", index, ...path]);
    if (names.has(each.name)) throw new CannotRun(`${at(placeOf(["name"]))}: a second case called "${each.name}". Give it another name.`);
    names.add(each.name);
    const { spans, logs, metrics } = each.given;
    if (!spans && !logs && !metrics && each.given.file === undefined) throw new CannotRun(`${at(placeOf(["given"]))}: nothing is given. Write spans, logs, metrics or file.`);
    return { ...each, place: placeOf([]), placeOf, samples: samplesAt(path, each, placeOf(["given", "file"])) };
  });
}

function samplesAt(caseFile: string, { given }: Case, place: Place): Sample[] {
  if (given.file === undefined) return [];
  try {
    return readSamples(resolve(dirname(caseFile), given.file));
  } catch (error) {
    throw new CannotRun(`${at(place)}: the sample ${given.file} cannot be used: ${messageOf(error)}. It is looked for beside the case's file.`);
  }
}

/** `file:line`. */
export const at = ({ file, line }: Place): string => `${file}:${line}`;

function placeOrParent(file: ConfigFile, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const place = file.find(path.slice(0, length));
    if (place) return place;
  }
  return { file: file.name, line: 1, column: 1 };
}

function schemaMessage(file: ConfigFile, errors: readonly ErrorObject[]): string {
  // A misspelt key is the likely cause of one that is missing.
  const error = errors.find(({ keyword }) => keyword === "additionalProperties") ?? errors[0];
  const path = (error?.instancePath ?? "").split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const params = (error?.params ?? {}) as Record<string, unknown>;
  const where = path.length === 0 ? "the file" : path.map((key) => (typeof key === "number" ? `[${key + 1}]` : `.${key}`)).join("").slice(1);
  if (error?.keyword === "additionalProperties") {
    const key = String(params["additionalProperty"]);
    const known = Object.keys((error.parentSchema?.["properties"] as object | undefined) ?? {});
    return `${at(placeOrParent(file, [...path, key]))}: unknown key "${key}" in ${where}.${didYouMean(key, known)} Known: ${known.join(", ")}.`;
  }
  const place = at(placeOrParent(file, path));
  if (error?.keyword === "required") return `${place}: ${where} lacks the key "${String(params["missingProperty"])}".`;
  if (error?.keyword === "const") return `${place}: ${where} must be the word "nothing" or a map of expectations.`;
  const allowed = error?.keyword === "enum" ? `: ${(params["allowedValues"] as unknown[]).join(", ")}` : "";
  return `${place}: ${where} ${error?.message ?? "is wrong"}${allowed}.`;
}
