import { expect, test } from "vitest";
import { type Options, readOptions } from "./options.ts";
import { UserError } from "./user-error.ts";

const read = (...args: string[]): Options => {
  const options = readOptions(args, { XDG_STATE_HOME: "/state" }, "/repo");
  if ("help" in options) throw new Error("help was not asked for");
  return options;
};

test("without options everything runs, with state in the user's state folder", () => {
  expect(read()).toMatchObject({ data: "/state/helloagents", traffic: true, retention: "30d", collectorConfig: "/repo/otel-collector/config", monitoring: "/repo/monitoring" });
  expect(read().parts).toHaveLength(9);
});

test("parts, folders, ports and retention are choices", () => {
  const options = read("--only", "collector,console", "--without=console", "--no-traffic", "--data", "/d", "--port", "console=3001", "--port", "otlp-http=14318", "--retention", "15d");
  expect(options).toMatchObject({ parts: ["collector"], traffic: false, data: "/d", retention: "15d", ports: { console: 3001, "otlp-http": 14_318 } });
});

test.each([
  [["--without", "fronted"], /"fronted". Did you mean frontend\?/],
  [["--prot", "a=1"], /no option --prot. Did you mean --port\?/],
  [["--retention", "soon"], /--retention: "soon" is no time/],
  [["--data"], /--data/],
  [["extra"], /extra/],
  [["--only", "console", "--without", "console"], /leave no part/],
])("%j is refused with one clear line", (args, message) => {
  expect(() => read(...args)).toThrow(UserError);
  expect(() => read(...args)).toThrow(message);
  expect(() => read(...args)).not.toThrow(/\n/);
});

test("help names every part and every port", () => {
  const options = readOptions(["--help"], {}, "/repo");
  expect("help" in options && options.help.replaceAll(/\s+/g, " ")).toMatch(/sentry-bridge.*backend-metrics.*--retention/);
});
