/** A session ends after this time without any signal ... */
export const sessionIdleMs = 30 * 60_000;
/** ... and at the latest after this time. */
export const sessionMaxMs = 4 * 3_600_000;

const storageKey = "helloagents.session";
/** The last activity is written down at most this often: storage writes are synchronous. */
const writeEveryMs = 5_000;

interface Stored {
  id: string;
  /** Milliseconds since 1970. */
  started: number;
  last: number;
}

/** A UUID of version 7, without dashes: it begins with the time, so that whoever receives a part of the session knows when it began (RFC 9562, 5.7). */
function sessionId(time: number, random: string): string {
  return `${time.toString(16).padStart(12, "0")}7${random.slice(13, 16)}${((Number.parseInt(random.charAt(16), 16) & 3) | 8).toString(16)}${random.slice(17)}`;
}

/**
 * Makes a function that gives the id of the running session (32 hex digits) and counts as activity.
 * The session is shared by the tabs of an origin through `storage`; without one it lasts as long as the page.
 */
export function sessionTracker(storage: Pick<Storage, "getItem" | "setItem"> | undefined, now: () => number, newId: () => string): () => string {
  let memory: Stored | undefined;
  let written = 0;
  return () => {
    const time = now();
    const known = read(storage) ?? memory;
    const alive = known !== undefined && isAlive(known, time) ? known : undefined;
    const session = alive ?? { id: sessionId(time, newId()), started: time, last: time };
    session.last = Math.max(time, session.last);
    memory = session;
    if (!alive || time - written >= writeEveryMs) {
      written = time;
      write(storage, session);
    }
    return session.id;
  };
}

/** The machine's clock can be set back: a session from the future is not alive. */
function isAlive(session: Stored, time: number): boolean {
  return time - session.last < sessionIdleMs && time - session.started < sessionMaxMs && session.started <= time + 60_000;
}

function read(storage: Pick<Storage, "getItem"> | undefined): Stored | undefined {
  try {
    const value = JSON.parse(storage?.getItem(storageKey) ?? "null") as Partial<Stored> | null;
    if (value && /^[0-9a-f]{32}$/.test(value.id ?? "") && Number.isFinite(value.started) && Number.isFinite(value.last)) return value as Stored;
  } catch {
    // Storage can be forbidden or hold anything: then the page's own memory decides.
  }
  return undefined;
}

function write(storage: Pick<Storage, "setItem"> | undefined, session: Stored): void {
  try {
    storage?.setItem(storageKey, JSON.stringify(session));
  } catch {
    // Full or forbidden: the session stays in memory.
  }
}
