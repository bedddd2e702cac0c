import { stringify } from "yaml";
import { tierNames } from "./burn-tiers.ts";

const first = "  # Written by `npm run monitoring -- generate`, to the line that ends it: a tier silences the slower tiers of the same objective.";
const last = "  # End of what generate writes.";

/**
 * Text of alertmanager.yml with the inhibition between burn tiers in its place, at the end of inhibit_rules when it was not there yet. Alertmanager
 * has no includes, and everything else of the file is written by people.
 * @throws {Error} when the file has no inhibit_rules, or the place has a beginning and no end
 */
export function withBurnInhibition(text: string): string {
  const rules = tierNames.slice(0, -1).map((name, index) => ({
    source_matchers: [`burn_tier="${name}"`],
    target_matchers: [`burn_tier=~"${tierNames.slice(index + 1).join("|")}"`],
    equal: ["slo", "job"],
  }));
  const block = `${first}\n${stringify(rules, { flowCollectionPadding: false, collectionStyle: "block" }).replaceAll(/^(?=.)/gm, "  ")}${last}\n`;
  const begin = text.indexOf(first);
  if (begin >= 0) {
    const end = text.indexOf(`${last}\n`, begin);
    if (end < 0) throw new Error(`alertmanager.yml: the line "${last.trim()}" is gone, so what generate wrote has no end; put it back`);
    return text.slice(0, begin) + block + text.slice(end + last.length + 1);
  }
  const list = /^inhibit_rules:\n(?:(?:[ \t#-].*)?\n)*?(?=\n*(?:^\S|$(?![\s\S])))/m.exec(text);
  if (!list) throw new Error("alertmanager.yml has no inhibit_rules to add the tiers of burn alerts to; add `inhibit_rules:`");
  const at = list.index + list[0].trimEnd().length + 1;
  return text.slice(0, at) + block + text.slice(at);
}
