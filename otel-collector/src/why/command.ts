import { loadConfig, openBench } from "../cases/bench.ts";
import type { WhyFormat } from "../formats.ts";
import { reportExplanation } from "./report.ts";
import { findSubject } from "./subject.ts";
import { explain } from "./why.ts";

/** `pipeline why`. Resolves with the exit code: 0, or 2 by CannotRun. */
export async function whyCommand(wanted: string, options: { config: string[]; cases: string[]; collector?: string; format: WhyFormat }): Promise<number> {
  const subject = findSubject(wanted, options.cases);
  const { config, files } = loadConfig(options.config);
  const bench = await openBench(options.collector);
  console.log(reportExplanation(await explain(bench, config, subject), files, options.format));
  return 0;
}
