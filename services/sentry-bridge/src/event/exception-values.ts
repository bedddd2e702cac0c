import type { ReadException } from "../exceptions/identity.ts";
import { type ChainLink, isMember } from "../stacktrace/chain.ts";
import type { Frame } from "../stacktrace/frame.ts";
import { decideInApp, type InAppRules } from "../stacktrace/in-app.ts";
import { cut, scrubText } from "./scrub.ts";

/** Exception and mechanism interfaces of Sentry's event (develop.sentry.dev/sdk/data-model/event-payloads/exception). */
export interface ExceptionValue {
  type: string;
  value: string;
  /** Package of the class, in languages that have one. */
  module?: string;
  /** Oldest call first. Absent when there is none: Sentry calls an empty list an error. */
  stacktrace?: { frames: Frame[] };
  mechanism: {
    type: string;
    handled?: boolean;
    exception_id: number;
    parent_id?: number;
    source?: string;
    is_exception_group?: boolean;
  };
}

/** Sentry cuts messages here. */
export const MAX_VALUE_LENGTH = 8192;
/** Sentry keeps no more; of a deep recursion both ends matter. */
const MAX_FRAMES = 250;

/** The chain as Sentry wants it: root cause first, the exception that was recorded last; ids count from that last one. */
export function exceptionValues(exception: ReadException, inApp: InAppRules): ExceptionValue[] {
  const { recorded, stack } = exception;
  const links: ChainLink[] = stack.links.length > 0 ? stack.links : [{ header: undefined, frames: [], parent: -1, source: "" }];
  const values = links.map((link, id) => {
    const type = id === 0 ? exception.type : (link.header?.type ?? "");
    const value = id === 0 ? exception.value : (link.header?.value ?? "");
    const members = links.some((other) => other.parent === id && isMember(other.source));
    const result: ExceptionValue = {
      type: type || "Error",
      value: cut(scrubText(value.slice(0, 2 * MAX_VALUE_LENGTH)), MAX_VALUE_LENGTH),
      mechanism: {
        type: id === 0 ? `auto.otel.${recorded.source}` : "chained",
        ...(id === 0 && { handled: recorded.handled }),
        exception_id: id,
        ...(id > 0 && { parent_id: link.parent, source: link.source }),
        ...(members && { is_exception_group: true }),
      },
    };
    if (link.header?.module && type === link.header.type) result.module = link.header.module.slice(0, 200);
    const frames = bounded(link.frames).map((frame) => finished(frame, inApp)).toReversed();
    if (frames.length > 0) result.stacktrace = { frames };
    return result;
  });
  if (values[0]!.type === "Error" && values[0]!.value === "") values[0]!.value = "(no message)";
  return values.toReversed();
}

function bounded(frames: Frame[]): Frame[] {
  return frames.length <= MAX_FRAMES ? frames : [...frames.slice(0, MAX_FRAMES - 50), ...frames.slice(-50)];
}

/** By the user's rules; source lines may hold secrets as messages may. */
function finished(frame: Frame, inApp: InAppRules): Frame {
  const result = { ...frame, in_app: decideInApp(inApp, frame) };
  if (frame.context_line !== undefined) result.context_line = scrubText(frame.context_line);
  return result;
}
