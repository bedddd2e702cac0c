import { join } from "node:path";
import { expect, test } from "vitest";
import { readInput } from "./command.ts";
import { lint } from "./lint.ts";

/** Rules in the shapes people publish: what is found in them is a fault, and nothing else is found. */
test.each([
  ["kubernetes-shapes.yml", ["alert-without-for KubeJobNotCompleted fires at the first sample."]],
  ["collection-shapes.yml", [
    'label-aggregated-away {{ $labels.instance }} asks for "instance", which absent(up{job="prometheus"}) does not keep.',
    'label-aggregated-away {{ $labels.instance }} asks for "instance", which sum by (job) (up) does not keep.',
    'label-aggregated-away {{ $labels.instance }} asks for "instance", which sum(rate(nginx_http_request_duration_seconds_bucket[2m]))... does not keep.',
    "quantile-without-sum-by-le The percentile is taken of each series for itself.",
    // A gauge that is called _total; a catalogue would say so.
    "counter-without-rate namedprocess_namegroup_memory_bytes_total is a counter and is read as it stands.",
    "ratio-without-sum http_requests_total is divided by itself, series by series; the sides differ in code.",
  ]],
])("%s", (file, expected) => {
  const findings = lint(readInput([join(import.meta.dirname, "fixtures", file)], {}));
  const quiet = file === "kubernetes-shapes.yml" ? [] : ["alert-without-for", "alert-without-runbook"];
  expect(findings.filter(({ rule }) => !quiet.includes(rule)).map(({ rule, message }) => `${rule} ${message}`)).toEqual(expected);
});

test("a path that is not there, and a file without rules, are told in one line", () => {
  expect(() => readInput(["/nowhere"], {})).toThrow("/nowhere: there is no such file or folder; name rule files, or a folder that holds them");
  expect(() => readInput([join(import.meta.dirname, "../../metrics.yml")], {})).toThrow(/no rule file; it has no list "groups"/);
});
