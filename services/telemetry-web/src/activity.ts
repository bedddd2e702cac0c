import { context, trace, type Context, type Span } from "@opentelemetry/api";

/** An activity ends when nothing has joined it for this time ... */
const quietMs = 500;
/** ... and at the latest after this one, so that polling cannot keep it open. */
const maxMs = 30_000;
/** Events of one gesture (Enter, then click, then submit) belong together. */
const gestureMs = 50;

export interface Activities {
  /** Makes `span` the parent of what starts from now on; `open` keeps it from ending until the returned function is called. */
  begin(span: Span, open?: boolean): () => void;
  /** True while the gesture that began the newest activity is still going on. */
  justBegan(): boolean;
  /** Context for a new request or error: the active span if there is one, else the running activity. */
  parent(): Context;
  /** Says that something of the activity started; call the result when it is done. */
  join(): () => void;
  /** Ends the running activity now: on hiding, when nothing of it is under way; on leaving, in any case. */
  settle(leaving: boolean): void;
}

interface Activity {
  span: Span;
  began: number;
  lastMs: number;
  running: number;
  /** Something joined: only then is the span worth sending. */
  used: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * What the user (or the page load) set off, as a window of time: a click stays the parent of the requests it causes, also after an
 * `await`, until none has run for half a second. A heuristic in place of zone.js: a request that a timer happens to start in between joins too.
 */
export function createActivities(): Activities {
  let current: Activity | undefined;

  function close(activity: Activity): void {
    clearTimeout(activity.timer);
    if (current === activity) current = undefined;
    // A span that is never ended is never sent: clicks that cause nothing leave no trace.
    if (activity.used) activity.span.end(activity.running > 0 ? Date.now() : activity.lastMs);
    activity.used = false;
  }

  function rest(activity: Activity): void {
    clearTimeout(activity.timer);
    if (activity.running > 0) return;
    activity.timer = setTimeout(() => close(activity), current === activity ? quietMs : 0);
  }

  function start(activity: Activity): () => void {
    activity.running += 1;
    clearTimeout(activity.timer);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      activity.running -= 1;
      activity.lastMs = Date.now();
      rest(activity);
    };
  }

  function live(): Activity | undefined {
    if (current && Date.now() - current.began > maxMs) {
      const old = current;
      current = undefined;
      if (old.running === 0) close(old);
    }
    return current;
  }

  return {
    begin(span, open = false) {
      const before = current;
      const activity: Activity = { span, began: Date.now(), lastMs: Date.now(), running: 0, used: open, timer: undefined };
      current = activity;
      if (before) rest(before);
      const end = start(activity);
      if (!open) end();
      return end;
    },
    justBegan: () => current !== undefined && Date.now() - current.began < gestureMs,
    parent() {
      const active = context.active();
      const activity = trace.getSpan(active) ? undefined : live();
      return activity ? trace.setSpan(active, activity.span) : active;
    },
    join() {
      const activity = trace.getSpan(context.active()) ? undefined : live();
      if (!activity) return () => {};
      activity.used = true;
      return start(activity);
    },
    settle(leaving) {
      if (current && (leaving || current.running === 0)) close(current);
    },
  };
}
