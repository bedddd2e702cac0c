import type { RecordedException } from "../exceptions/collect.ts";
import type { AttributeValue } from "../otlp/model.ts";
import { severityLevel } from "./level.ts";
import { cut, scrubAttributes, scrubText } from "./scrub.ts";

/** Sentry's breadcrumb (develop.sentry.dev, event payloads, breadcrumbs). */
export interface Breadcrumb {
  /** Unix seconds. */
  timestamp: number;
  category: string;
  level: string;
  message: string;
  data?: Record<string, AttributeValue>;
}

/** An SDK's default is 100; half of it keeps events small. */
const MAX_BREADCRUMBS = 50;
const MAX_MESSAGE_LENGTH = 1024;
const MAX_DATA = { entries: 20, length: 256 };

/** The last things that were recorded in the exception's trace before it, oldest first. */
export function breadcrumbs({ trail, timeUnixNano }: RecordedException): Breadcrumb[] {
  const before = timeUnixNano === 0n ? trail : trail.filter((entry) => entry.timeUnixNano <= timeUnixNano);
  return before.slice(-MAX_BREADCRUMBS).map(({ timeUnixNano: time, category, severityNumber, message, attributes }) => {
    const crumb: Breadcrumb = {
      timestamp: Number(time / 1000n) / 1e6,
      category: category.slice(0, 64),
      level: severityNumber === 0 ? "info" : severityLevel(severityNumber),
      message: cut(scrubText(message.slice(0, 2 * MAX_MESSAGE_LENGTH)), MAX_MESSAGE_LENGTH),
    };
    if (attributes.size > 0) crumb.data = scrubAttributes(new Map([...attributes].slice(0, MAX_DATA.entries)), MAX_DATA.length);
    return crumb;
  });
}
