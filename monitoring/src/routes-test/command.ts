import type { Command } from "commander";
import { committed, testRoutes } from "./test-routes.ts";

/** Adds `test routes [files...]`: cases for routes, told to a real Alertmanager. Exit codes: 0, 1 when a case or a file is wrong, 2 from `main.ts`. */
export function addRoutesTest(test: Command): void {
  test
    .command("routes")
    .description("who gets which message when: cases, told to a real Alertmanager (ALERTMANAGER_BIN names it)")
    .argument("[cases...]", "files of cases", [committed.cases])
    .option("--config <alertmanager.yml>", "configuration to test", committed.config)
    .option("--only <words>", "only cases with these words in their name")
    .option("--print", "print every message")
    .action(async (files: string[], options: { config: string; only?: string; print?: boolean }) => {
      process.exitCode = await testRoutes(files, options);
    });
}
