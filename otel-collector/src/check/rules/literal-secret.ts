import type { Path } from "../../config/config-file.ts";
import { isTree } from "../../config/merge.ts";
import type { Hit, Rule } from "../rule.ts";

const NAME = /(authorization|password|passwd|secret|credential|token|api[-_]?key|access[-_]?key|private[-_]?key|x-[a-z-]*(auth|key))$/i;
const USER_IN_URL = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/** What a header may be called that says nothing: vendors name theirs x-vendor-team or api_id. Long, without a space, letters and digits. */
const TOKEN = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=.-]{20,}$/;

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
    const isSecret = !inner.includes("${") && inner !== "" && (NAME.test(String(key)) || USER_IN_URL.test(inner) || (path.at(-1) === "headers" && TOKEN.test(inner)));
    return isSecret ? [{ at, message: `${at.join(".")} is written out.` }] : [];
  });
}
