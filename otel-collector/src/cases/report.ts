import { plural } from "../plural.ts";
import { at } from "./case-files.ts";
import type { Outcome } from "./run-case.ts";
import type { TestFormat } from "../formats.ts";

/** Outcomes as text. */
export function reportOutcomes(outcomes: readonly Outcome[], format: TestFormat, duration_ms: number): string {
  if (format === "json") return JSON.stringify({ cases: outcomes.map(asJson) }, null, 2);
  if (format === "junit") return junit(outcomes);
  const knobs = [...new Set(outcomes.flatMap((each) => each.knobs))];
  const failed = outcomes.filter(({ differences }) => differences.length > 0).length;
  const broken = outcomes.filter((each) => each.broken !== undefined).length;
  const summary = [`${outcomes.length - failed - broken} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(broken > 0 ? [`${broken} could not run`] : [])];
  return [
    ...knobs.map((knob) => `shortened for the test: ${knob}`),
    ...outcomes.map((each) => `${mark(each)} ${each.case.name}${passed(each) ? "" : `  ${at(each.case.place)}\n${details(each)}\n`}`),
    `${plural(outcomes.length, "case")}: ${summary.join(", ")}.  (${(duration_ms / 1000).toFixed(1)} s)`,
  ].join("\n");
}

const passed = ({ differences, broken }: Outcome): boolean => differences.length === 0 && broken === undefined;

const mark = (outcome: Outcome): string => (outcome.broken !== undefined ? "!" : passed(outcome) ? "✓" : "✗");

function details({ case: { placeOf }, differences, broken }: Outcome): string {
  if (broken !== undefined) return `    ${broken}`;
  return differences
    .map(({ exporter, path, title, expected, got }) =>
      [`    ${exporter}: ${title}   ${at(placeOf(["expect", exporter, ...path]))}`, ...expected.map((line) => `      - expected  ${line}`), ...got.map((line) => `      + got       ${line}`)].join("\n"),
    )
    .join("\n");
}

function asJson(outcome: Outcome): object {
  const { case: each, differences, broken, duration_ms } = outcome;
  return {
    name: each.name,
    file: each.place.file,
    line: each.place.line,
    outcome: broken !== undefined ? "broken" : passed(outcome) ? "passed" : "failed",
    duration_ms: Math.round(duration_ms),
    ...(broken === undefined ? {} : { broken }),
    differences: differences.map(({ exporter, path, title, expected, got }) => ({ exporter, title, line: each.placeOf(["expect", exporter, ...path]).line, expected, got })),
  };
}

function junit(outcomes: readonly Outcome[]): string {
  const cases = outcomes.map((outcome) => {
    const head = `    <testcase classname="${xml(outcome.case.place.file)}" name="${xml(outcome.case.name)}" time="${(outcome.duration_ms / 1000).toFixed(3)}"`;
    if (passed(outcome)) return `${head}/>`;
    const tag = outcome.broken === undefined ? "failure" : "error";
    return `${head}>\n      <${tag} message="${xml(at(outcome.case.place))}">${xml(details(outcome))}</${tag}>\n    </testcase>`;
  });
  const failed = outcomes.filter(({ differences }) => differences.length > 0).length;
  const broken = outcomes.filter((each) => each.broken !== undefined).length;
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", `  <testsuite name="pipeline" tests="${outcomes.length}" failures="${failed}" errors="${broken}">`, ...cases, "  </testsuite>", "</testsuites>"].join("\n");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const xml = (text: string): string =>
  [...text]
    // Control characters have no place in XML 1.0.
    .filter((character) => character >= " " || character === "\n" || character === "\t")
    .map((character) => ENTITIES[character] ?? character)
    .join("");
