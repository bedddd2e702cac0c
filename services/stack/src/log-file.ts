import { closeSync, copyFileSync, openSync, readSync, renameSync, statSync, truncateSync } from "node:fs";

/** A log file is set aside as `<name>.1` when it grows beyond this; so a part keeps at most twice as much. */
export const maxLog_bytes = 5 * 1024 * 1024;

/** Opens a part's log for its output, first setting a large one aside. Returns the descriptor and where this run's output begins. */
export function openLog(file: string): { descriptor: number; start: number } {
  if (sizeOf(file) > maxLog_bytes) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, "a", 0o600);
  return { descriptor, start: sizeOf(file) };
}

/**
 * Bounds a log that a running child writes to. The child holds the file open for appending, so its content is copied and cut off
 * instead of the file being renamed; lines written in between are lost. Returns true when it was cut.
 */
export function boundLog(file: string): boolean {
  if (sizeOf(file) <= maxLog_bytes) return false;
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
  return true;
}

/** The end of a log from `start` on (bytes), at most `limit_bytes` of it. */
export function readLogEnd(file: string, start: number, limit_bytes = 64 * 1024): string {
  const size = sizeOf(file);
  const from = Math.max(start <= size ? start : 0, size - limit_bytes);
  const buffer = Buffer.alloc(Math.max(0, size - from));
  if (buffer.length === 0) return "";
  const descriptor = openSync(file, "r");
  try {
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, from));
  } finally {
    closeSync(descriptor);
  }
}

/** The lines of a log's end that tell most: the last ones that speak of an error, else the last ones. Without colours, cut to a readable width. */
export function tellingLines(text: string, count: number): string[] {
  const lines = plainLines(text);
  const errors = lines.slice(-200).filter((line) => /^(panic|fatal error|error)\b|\b\w*Error\b[^(]*:|\b(err|error|level=error)\b/i.test(line) && !/^at |^goroutine /.test(line));
  return (errors.length > 0 ? errors : lines).slice(-count);
}

/** The last `count` lines that say something. */
export const lastLines = (text: string, count: number): string[] => plainLines(text).slice(-count);

function plainLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex
  const lines = text.replaceAll(/\u001B\[[\d;]*m/g, "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").map((line) => (line.length > 160 ? `${line.slice(0, 157)}...` : line));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
