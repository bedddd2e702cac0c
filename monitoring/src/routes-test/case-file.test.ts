import { expect, test } from "vitest";
import { readCaseFile } from "./case-file.ts";

const head = "alerts:\n  errors: {labels: {alertname: A}}\ncases:\n";

/** The problems of a file, as `line: message`. */
function problems(text: string): string[] {
  const read = readCaseFile(text);
  return "problems" in read ? read.problems.map(({ line, message }) => `${line}: ${message}`) : [];
}

test.each([
  ["alerts: {}\ncases:\n  - nam: x\n    timeline: []\n", [expect.stringMatching(/^3: cases.0 has no "name"; add it/), '3: unknown key "nam" in cases.0; did you mean "name"?', expect.stringMatching(/^4: cases.0.timeline/)]],
  [`${head}  - {name: x, timeline: [{at: 0m, firing: [erors]}]}\n`, ['4: there is no alert "erors" in "alerts"; did you mean "errors"?']],
  [`${head}  - name: x\n    clock: Caturday 03:00\n    timeline: [{at: 0m}]\n`, [expect.stringMatching(/^5: "Caturday 03:00" is no clock; write "Saturday 03:00"/)]],
  [`${head}  - name: x\n    timeline:\n      - at: 5m\n      - at: 5m\n`, ["7: 5m is not after the moment before it; put them in order"]],
  [`${head}  - name: x\n    timeline:\n      - {at: 0m, silence: {matchers: [api], for: 1x}}\n`, [expect.stringMatching(/^6: "api" is no matcher/), expect.stringMatching(/^6: "1x" is no duration/)]],
  [`${head}  - name: x\n    timeline:\n      - {at: 0m, messages: [{slak: "#a"}]}\n`, [expect.stringContaining('6: unknown key "slak"'), expect.stringMatching(/^6: .* one key of slack, pagerduty/)]],
  ["alerts:\n  a: {labels: {alertname: A}, until: 2026-01-01T00:00:00Z}\ncases: [{name: x, timeline: [{at: 0m}]}]\n", ['2: a: "until" wants a "since" before it']],
  ["alerts: [\n", [expect.stringMatching(/^\d: not YAML/)]],
])("%j: file, line, remedy", (text, expected) => {
  expect(problems(text)).toEqual(expect.arrayContaining(expected as string[]));
});
