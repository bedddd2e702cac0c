import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** From `second` (since 1970) on, local time is `offset_s` ahead of UTC. */
export type Change = { second: number; offset_s: number };

/** A type is numbered in one byte. */
export const mostChanges = 250;

/**
 * Writes a time zone as a file that Go finds when ZONEINFO names `folder`. Alertmanager reads the `location` of a time interval this way, so a
 * zone whose clocks are set as a test wants them lets the real code judge any time, while the machine's clock stays what it is.
 * Format: RFC 8536, version 2.
 */
export function writeTimeZone(folder: string, name: string, changes: Change[]): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  // Version 1 has 32-bit times and is there for old readers; it may be empty.
  writeFileSync(file, Buffer.concat([block(changes.slice(0, 1), 4), block(changes, 8), Buffer.from("\n\n")]));
}

function block(changes: Change[], timeBytes: 4 | 8): Buffer {
  const count = changes.length;
  const header = Buffer.alloc(44);
  header.write("TZif2");
  // Counts of UT/local and standard/wall indicators, leap seconds, changes, local time types, letters of abbreviations.
  [0, 0, 0, count, count, 4].forEach((value, index) => header.writeUInt32BE(value, 20 + index * 4));
  const times = Buffer.alloc(count * timeBytes);
  const types = Buffer.alloc(count * 6);
  changes.forEach(({ second, offset_s }, index) => {
    if (timeBytes === 8) times.writeBigInt64BE(BigInt(second), index * 8);
    else times.writeInt32BE(second, index * 4);
    types.writeInt32BE(offset_s, index * 6);
  });
  return Buffer.concat([header, times, Buffer.from(changes.map((_, index) => index)), types, Buffer.from("TST\0")]);
}
