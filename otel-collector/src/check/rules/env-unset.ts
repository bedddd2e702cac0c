import { unsetIn } from "../../config/unset.ts";
import type { Rule } from "../rule.ts";

export const envUnset: Rule = {
  id: "env-unset",
  reason: "A variable that is not set, or empty, becomes nothing without a word: an address, a password or a folder is then missing or wrong.",
  remedy: "Set the variable, or write a default: `${env:NAME:-value}`.",
  check: ({ files, env }) =>
    files.flatMap((file) => unsetIn(file, env)).map(({ name, place }) => ({ at: place, message: `${name} is ${env[name] === "" ? "empty" : "not set"}, and there is no default.` })),
};
