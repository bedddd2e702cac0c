import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { bboltDamage } from "./bbolt.ts";

/** How a Collector ends when a file of its persistent queue is damaged: head, then body or cut off (seen with v0.155.0). */
const refused = /failed to start "([^"]+)" exporter: invalid database/;
const crashedInQueue = /^(panic:|fatal error:|unexpected fault address)[\s\S]*(go\.etcd\.io\/bbolt|persistent_queue\.go)/m;

/**
 * Moves damaged queue files of the Collector aside, so that it can start: one that is damaged makes it crash at every start, and its own
 * `recreate` does not help. Returns what was done, or undefined when the log does not tell of a queue file.
 */
export function setDamagedQueueAside(queueFolder: string, log: string): string | undefined {
  const named = refused.exec(log)?.[1]?.replaceAll("/", "_");
  if ((named === undefined && !crashedInQueue.test(log)) || !existsSync(queueFolder)) return undefined;
  const files = readdirSync(queueFolder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
  const damaged = files.filter((file) => bboltDamage(join(queueFolder, file)) !== undefined || (named !== undefined && file.startsWith(`exporter_${named}_`)));
  // Damage that the structure does not show: rather all queues begin anew than a Collector that never starts.
  const moved = damaged.length > 0 ? damaged : files;
  if (moved.length === 0) return undefined;
  const aside = join(queueFolder, `damaged-${new Date().toISOString().replaceAll(":", "").slice(0, 17)}`);
  mkdirSync(aside, { recursive: true });
  for (const file of moved) renameSync(join(queueFolder, file), join(aside, file));
  return `collector: damaged queue file moved aside: ${moved.join(", ")} is now in ${aside}. What it held and was not delivered yet is lost.`;
}
