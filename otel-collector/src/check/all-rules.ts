import type { Rule } from "./rule.ts";
import { batchBeforeDiskQueue } from "./rules/batch-before-disk-queue.ts";
import { batchBeforeTailSampling } from "./rules/batch-before-tail-sampling.ts";
import { debugDetailed } from "./rules/debug-detailed.ts";
import { deprecatedName } from "./rules/deprecated-name.ts";
import { durationWithoutUnit } from "./rules/duration-without-unit.ts";
import { envUnset } from "./rules/env-unset.ts";
import { exporterLoop } from "./rules/exporter-loop.ts";
import { exporterWithoutQueue } from "./rules/exporter-without-queue.ts";
import { extensionNotEnabled } from "./rules/extension-not-enabled.ts";
import { listReplaced } from "./rules/list-replaced.ts";
import { literalSecret } from "./rules/literal-secret.ts";
import { memoryLimiterFirst } from "./rules/memory-limiter-first.ts";
import { openToAll } from "./rules/open-to-all.ts";
import { pipelineUntested } from "./rules/pipeline-untested.ts";
import { queueInMemory } from "./rules/queue-in-memory.ts";
import { retryGivesUp } from "./rules/retry-gives-up.ts";
import { sharedQueueFolder } from "./rules/shared-queue-folder.ts";
import { spanMetricsUnbounded } from "./rules/span-metrics-unbounded.ts";
import { unknownComponent } from "./rules/unknown-component.ts";
import { unusedComponent } from "./rules/unused-component.ts";

/** Every coded rule, by name; ../../RULES.md documents them in the same order. */
export const RULES: readonly Rule[] = [
  batchBeforeDiskQueue,
  batchBeforeTailSampling,
  debugDetailed,
  deprecatedName,
  durationWithoutUnit,
  envUnset,
  exporterLoop,
  exporterWithoutQueue,
  extensionNotEnabled,
  listReplaced,
  literalSecret,
  memoryLimiterFirst,
  openToAll,
  pipelineUntested,
  queueInMemory,
  retryGivesUp,
  sharedQueueFolder,
  spanMetricsUnbounded,
  unknownComponent,
  unusedComponent,
];
