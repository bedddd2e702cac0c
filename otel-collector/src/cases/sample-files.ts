import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../failure.ts";
import type { Signal } from "./case.ts";
import { signalOf } from "./otlp.ts";

/** OTLP/JSON as somebody has recorded it. */
export interface Sample {
  signal: Signal;
  text: string;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Requests of a file: one, or one a line, as the Collector's file exporter writes them.
 * @throws Error that says what is wrong with it, without its name.
 */
export function readSamples(path: string): Sample[] {
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${size} bytes are more than the limit of ${MAX_BYTES}; cut it down`);
  // Editors of Windows write a byte order mark.
  const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new Error("it is empty");
  const whole = parsed(text);
  const lines = text.split("\n").map((line, index) => ({ place: `line ${index + 1}: `, each: line })).filter(({ each }) => each.trim() !== "");
  // One request a line, if the first is one; else a request over several lines that has a fault.
  const areRequests = whole === undefined && lines.length > 1 && parsed(lines[0]?.each ?? "") !== undefined;
  return (areRequests ? lines : [{ place: "", each: text }]).map(({ place, each }) => {
    const body = whole ?? parsed(each);
    if (body === undefined) throw new Error(`${place}no JSON: ${jsonError(each)}`);
    const signal = signalOf(body);
    if (signal === undefined) throw new Error(`${place}no OTLP/JSON: it does not begin with resourceSpans, resourceMetrics or resourceLogs`);
    return { signal, text: each };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function jsonError(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    // It quotes the text, with its line ends.
    return messageOf(error).replace(/\s+/g, " ");
  }
}
