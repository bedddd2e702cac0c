import type { EnvelopeItem } from "./envelope.ts";
import type { Category } from "./limits.ts";
import type { Quantity } from "./reports.ts";

/** What goes to Sentry in one envelope, and shares one fate. */
export interface Parcel {
  /** Whose rate limit it is under. */
  category: Category;
  /** Headers of the envelope. */
  headers: { event_id?: string; trace?: Record<string, string> };
  items: readonly EnvelopeItem[];
  /** What Sentry is told to be missing when it is discarded. */
  contains: readonly Quantity[];
  /** `true`: Sentry adds it up again should it come twice, so it is sent once, and what got no answer is not tried again. */
  atMostOnce?: boolean;
}
