import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { at } from "../cases/case-files.ts";
import { type Place, readConfigFile } from "../config/config-file.ts";
import { isTree } from "../config/merge.ts";
import { CannotRun } from "../failure.ts";

/** A mutant that no case can notice, with the reason. */
export interface Survivor {
  mutant: string;
  reason: string;
  place: Place;
}

/** What `survivors.yaml` beside the cases lists; none without such a file. @throws CannotRun with the place when it is not as expected. */
export function loadSurvivors(caseFiles: readonly string[]): Survivor[] {
  const paths = [...new Set(caseFiles.map((path) => join(dirname(path), "survivors.yaml")))].filter(existsSync);
  return paths.flatMap((path) => {
    const file = readConfigFile(path);
    const syntax = file.errors[0];
    if (syntax) throw new CannotRun(`${at(syntax.place)}: ${syntax.message}`);
    const list = file.value["survivors"];
    if (!Array.isArray(list)) throw new CannotRun(`${file.name}:1: the key "survivors" with a list of mutant and reason is missing.`);
    return list.map((entry: unknown, index): Survivor => {
      const place = file.find(["survivors", index]) ?? { file: file.name, line: 1, column: 1 };
      const { mutant, reason } = isTree(entry) ? entry : {};
      if (typeof mutant !== "string" || typeof reason !== "string" || reason.trim() === "") throw new CannotRun(`${at(place)}: a survivor needs \`mutant\` (as \`test --mutate\` names it) and \`reason\`.`);
      return { mutant, reason, place };
    });
  });
}
