import type { RecordedException } from "../exceptions/collect.ts";
import type { ExceptionValue } from "./exception-values.ts";

/** Tells Sentry which source map belongs to a file of the frames (develop.sentry.dev/sdk/foundations/data-model/event-payloads/debugmeta). */
export interface DebugImage {
  type: "sourcemap";
  /** As frames have it: Sentry looks for `abs_path`, other servers for `filename`. */
  code_file: string;
  debug_id: string;
}

/** Attribute of a record: `<debug id> <file>` for files of its stack, as the senders of this repository read them from the files. */
export const DEBUG_IDS = "helloagents.exception.debug_ids";

const MAX_IMAGES = 50;
const ENTRY = /^([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}) (.{1,1024})$/is;

/** Images of the files that the frames name; anything else that the attribute says is left out. */
export function debugImages({ attributes }: RecordedException, values: ExceptionValue[]): DebugImage[] {
  const entries = attributes.get(DEBUG_IDS);
  if (!Array.isArray(entries)) return [];
  const frames = values.flatMap(({ stacktrace }) => stacktrace?.frames ?? []);
  const names = new Map(frames.map((frame) => [frame.abs_path, [frame.abs_path, frame.filename]]));
  const images = new Map<string, DebugImage>();
  for (const entry of entries.slice(0, MAX_IMAGES)) {
    const [, id = "", file = ""] = ENTRY.exec(String(entry)) ?? [];
    for (const name of names.get(file) ?? []) if (name !== undefined) images.set(name, { type: "sourcemap", code_file: name, debug_id: id.toLowerCase() });
  }
  return [...images.values()];
}
