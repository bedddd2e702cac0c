import type { Path } from "../../config/config-file.ts";
import { isLiteralSecret } from "../../config/literal-secret.ts";
import { isTree } from "../../config/merge.ts";
import type { Hit, Rule } from "../rule.ts";

export const literalSecret: Rule = {
  id: "literal-secret",
  reason: "A secret in a file is in every clone, image and backup of it.",
  remedy: "Write `${env:NAME}` and set NAME where the Collector is started.",
  check: ({ config }) => ["receivers", "exporters", "extensions", "service"].flatMap((kind) => search(config[kind], [kind])),
};

function search(value: unknown, path: Path): Hit[] {
  const entries: [string | number, unknown][] = Array.isArray(value) ? value.map((each, index) => [index, each]) : isTree(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, inner]) => {
    const at = [...path, key];
    if (typeof inner !== "string") return search(inner, at);
    // Never the value itself: findings end up in logs.
    return isLiteralSecret(at, inner) ? [{ at, message: `${at.join(".")} is written out.` }] : [];
  });
}
