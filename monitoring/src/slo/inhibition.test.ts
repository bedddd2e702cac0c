import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../files.ts";
import { withBurnInhibition } from "./inhibition.ts";

type Inhibit = { inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[]; receivers?: unknown };

const plain = 'route: {receiver: a}\ninhibit_rules:\n  # mine\n  - source_matchers: [a="b"]\n    target_matchers: [c="d"]\n\nreceivers:\n  - name: a\n';

test("each tier silences the slower ones of the same objective; what people wrote stays", () => {
  const written = withBurnInhibition(plain);
  const { inhibit_rules: rules, receivers } = parse(written) as Inhibit;
  expect(rules.map(({ source_matchers: [source], target_matchers: [target] }) => [source, target])).toEqual([
    ['a="b"', 'c="d"'],
    ['burn_tier="page_fast"', 'burn_tier=~"page_slow|ticket_fast|ticket_slow"'],
    ['burn_tier="page_slow"', 'burn_tier=~"ticket_fast|ticket_slow"'],
    ['burn_tier="ticket_fast"', 'burn_tier=~"ticket_slow"'],
  ]);
  expect(rules.slice(1).every(({ equal }) => equal.join() === "slo,job")).toBe(true);
  expect(receivers).toEqual([{ name: "a" }]);
  expect(written).toContain("  # mine\n");
  expect(withBurnInhibition(written)).toBe(written);
});

test("what was changed by hand is written again; a place without end or rules is refused", () => {
  const written = withBurnInhibition(plain);
  expect(withBurnInhibition(written.replace("page_slow|", ""))).toBe(written);
  expect(() => withBurnInhibition(written.replace("# End of what generate writes.", ""))).toThrow("put it back");
  expect(() => withBurnInhibition("route: {}\n")).toThrow("has no inhibit_rules");
});

test("the committed alertmanager.yml holds it", () => {
  const text = readFileSync(join(root, "alertmanager/alertmanager.yml"), "utf8");
  expect(withBurnInhibition(text), "run `npm run monitoring -- generate`").toBe(text);
});
