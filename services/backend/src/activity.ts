/** Who was seen lately, in the memory of this process: cheap to ask, and the sum over several processes is near the truth. */
export interface Activity {
  seen(sessionId: string, userId: string): void;
  gone(sessionId: string): void;
  sessions(): number;
  users(): number;
}

const sessionsMax = 100_000;

export function createActivity(window_ms = 15 * 60_000, now: () => number = Date.now): Activity {
  /** In the order of last being seen, oldest first. */
  const sessions = new Map<string, { userId: string; at: number }>();

  function forget(): void {
    for (const [id, { at }] of sessions) {
      if (at > now() - window_ms && sessions.size <= sessionsMax) return;
      sessions.delete(id);
    }
  }

  return {
    seen(sessionId, userId) {
      sessions.delete(sessionId);
      sessions.set(sessionId, { userId, at: now() });
      forget();
    },
    gone: (sessionId) => void sessions.delete(sessionId),
    sessions() {
      forget();
      return sessions.size;
    },
    users() {
      forget();
      return new Set(Array.from(sessions.values(), ({ userId }) => userId)).size;
    },
  };
}
