import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../files.ts";
import { testRules } from "./command.ts";
import { isGood, testReport, type TestReport } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "cases-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rules = `groups:
  - name: g
    rules:
      - record: job:up:min
        expr: min by (job) (up)
      - alert: Down
        expr: job:up:min == 0
        for: 2m
        labels: {severity: critical}
      - alert: Untested
        expr: up == 1
`;

/** Cases on `rules`, with an assertion of one's own. */
async function report(assertions: string, survivors?: string): Promise<TestReport> {
  const at = mkdtempSync(join(folder, "x-"));
  if (survivors !== undefined) writeFileSync(join(at, "survivors.yaml"), survivors);
  writeFileSync(join(at, "rules.yml"), rules);
  writeFileSync(join(at, "x.test.yml"), `rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - name: one\n    interval: 1m\n    input_series:\n      - {series: 'up{job="a",instance="1"}', values: '0x9'}\n      - {series: 'up{job="a",instance="2"}', values: '1x9'}\n    promql_expr_test:\n${assertions}`);
  return await testRules([at], { mutate: true, every: "1" });
}

const firing = `      - {expr: 'ALERTS{alertname="Down"}', eval_time: 2m, exp_samples: [{labels: 'ALERTS{alertname="Down",alertstate="firing",job="a",severity="critical"}', value: 1}]}\n`;
const pending = `      - {expr: 'ALERTS{alertname="Down",alertstate="firing"}', eval_time: 1m, exp_samples: []}\n`;

test("coverage and survivors are named with their place", async () => {
  const weak = testReport(await report(firing), "human");
  expect(weak).toContain("rules.yml:6  Down: no case expects it to be silent");
  expect(weak).toContain("rules.yml:10  Untested: no case expects it to fire, no case expects it to be silent");
  expect(weak).toContain("Rules covered: 1 of 3 (33.3%)");
  expect(weak).toMatch(/rules\.yml:8:9 {2}Down survives: duration: for: 2m became 60s/);
  const better = await report(firing + pending);
  expect(better.coverage.filter(({ covered }) => covered).map(({ rule }) => rule.name)).toEqual(["job:up:min", "Down"]);
  expect(better.mutation!.survivors.map(({ rule }) => rule.name)).toEqual(["Untested", "Untested", "Untested"]);
  expect(isGood(better)).toBe(false);
});

test("survivors.yaml explains survivors; an entry that is of no use, or lacks its reason, is an error", async () => {
  const explained = await report(firing + pending, `survivors:\n  - {rule: Unt*, change: "*", reason: nobody asks}\n  - {rule: Down, change: "for: 2m became *", reason: none}\n`);
  expect(explained.mutation!.survivors).toEqual([]);
  expect(explained.mutation!.explained).toHaveLength(3);
  expect(testReport(explained, "human")).toMatch(/survivors\.yaml:3 {2}Down: for: 2m became \*: no such change survives; take the entry out/);
  expect(isGood(explained)).toBe(false);
  await expect(report(firing, `survivors:\n  - {rule: Down, change: "*"}\n`)).rejects.toThrow(/survivors\.yaml:2: an entry has "rule", "change" and "reason"; add what is missing/);
});

test("a case that fails is named, in every format, and no mutant is tried", async () => {
  const failing = await report(firing.replace("2m,", "1m,"));
  expect(failing.mutation).toBeUndefined();
  expect(testReport(failing, "human")).toMatch(/FAIL .*x\.test\.yml: 0 of 1 cases\n {2}one\n/);
  expect(testReport(failing, "junit")).toMatch(/<testsuite name=".*x\.test\.yml" tests="1" failures="1">\n {4}<testcase name="one"><failure>/);
  expect(JSON.parse(testReport(failing, "json"))).toMatchObject({ files: [{ cases: [{ name: "one", failure: expect.stringContaining("pending") }] }], coverage: [{ rule: "job:up:min", line: 4 }, {}, {}] });
});

test("what is not there is told in one line", async () => {
  await expect(testRules([join(folder, "none")], { every: "1" })).rejects.toThrow(/none: there is no such file or folder; name files of promtool cases/);
  await expect(testRules([join(root, "prometheus/tests")], { every: "1", rule: ["HighErorRate"] })).rejects.toThrow("--rule HighErorRate: the cases load no such rule or rule file");
});

test("what is wrong in a case file is told with its line, and a rule file may be named by its whole path", async () => {
  const at = mkdtempSync(join(folder, "x y-"));
  const file = join(at, "x.test.yml");
  const told = async (text: string): Promise<TestReport> => {
    writeFileSync(file, text);
    return await testRules([file], { every: "1" });
  };
  writeFileSync(join(at, "rules.yml"), rules);
  const good = `rule_files:\n  - ${join(at, "rules.yml")}\nevaluation_interval: 1m\ntests:\n  - name: one\n    interval: 1m\n    input_series: []\n    promql_expr_test:\n      - expr: sum(up)\n        eval_time: 1m\n        exp_samples: []\n`;
  expect((await told(good)).coverage).toHaveLength(3);
  await expect(told(good.replace("sum(up)", "sum(up"))).rejects.toThrow(/x\.test\.yml:9: not PromQL at character 6: \(end\)$/);
  await expect(told(good.replace("rules.yml", "rulse.yml"))).rejects.toThrow(/x\.test\.yml:2: there is no rule file .*rulse\.yml; its path begins at the folder of this file$/);
  await expect(told(good.replace("    interval: 1m", "\tinterval: 1m"))).rejects.toThrow(/x\.test\.yml:6: not YAML: Tabs/);
});

test("every rule of the project is covered, every case passes", async () => {
  const own = await testRules([join(root, "prometheus/tests")], { every: "1" });
  expect(isGood(own), testReport(own, "human")).toBe(true);
}, 480_000);

// All of them take minutes: npm run monitoring -- test --mutate
test("each ninth change of the hand-written rules is noticed", async () => {
  const files = ["alerts/helloagents.yml", "alerts/meta.yml", "rules/red.yml", "rules/handbook-names.yml"].map((file) => join(root, "prometheus", file));
  const own = await testRules([join(root, "prometheus/tests")], { mutate: true, every: "9", rule: files });
  expect(own.mutation!.total).toBeGreaterThan(40);
  expect(own.mutation!.survivors.map(({ place, rule, change }) => `${place.file}:${place.line} ${rule.name}: ${change}`)).toEqual([]);
}, 480_000);
