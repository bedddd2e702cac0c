import { expect, test } from "vitest";
import { createVisits, type SessionUpdate, type Visits } from "./visits.ts";

const SINCE = 1_767_323_000_000;
const ATTRIBUTES = { release: "shop-web@1.0.0", environment: "production" };

/** A version 7 UUID of this time. */
const sid = (timeMs: number, n = 0): string => `${timeMs.toString(16).padStart(12, "0")}7${n.toString(16).padStart(3, "0")}8${"0".repeat(15)}`;

function setUp(limit = 100): { visits: Visits; sent: () => Partial<SessionUpdate>[]; now: { ms: number }; books: { received: number; overflowed: number } } {
  const now = { ms: SINCE + 60_000 };
  const books = { received: 0, overflowed: 0 };
  const visits = createVisits({ sinceMs: SINCE, limit, now: () => now.ms, received: () => books.received++, overflowed: () => books.overflowed++ });
  const sent = (): SessionUpdate[] =>
    visits.take().map(({ update, settle }) => {
      settle("yes");
      return update;
    });
  return { visits, sent, now, books };
}

const signal = (sessionId: string, timeMs: number, userId = ""): Parameters<Visits["seen"]>[0] => ({ sessionId, userId, timeMs, attributes: ATTRIBUTES });

test("a session is begun once, with the time that its id tells, and goes on in silence", () => {
  const { visits, sent, now, books } = setUp();
  const id = sid(SINCE + 1_000);
  visits.seen(signal(id, SINCE + 5_000));
  visits.seen(signal(id, SINCE + 9_000));
  expect(sent()).toEqual([{ sid: id, init: true, started: new Date(SINCE + 1_000).toISOString(), timestamp: new Date(SINCE + 9_000).toISOString(), duration: 8, status: "ok", errors: 0, attrs: ATTRIBUTES }]);
  now.ms += 60_000;
  visits.seen(signal(id, now.ms));
  expect(sent()).toEqual([]);
  expect(books).toEqual({ received: 1, overflowed: 0 });
});

test("the first error makes it an errored one, further ones are not told; a crash ends it, and nothing follows", () => {
  const { visits, sent } = setUp();
  const id = sid(SINCE + 1_000);
  visits.seen(signal(id, SINCE + 2_000));
  sent();
  visits.erred(signal(id, SINCE + 3_000), 1, false);
  expect(sent()).toMatchObject([{ init: false, status: "ok", errors: 1, started: new Date(SINCE + 1_000).toISOString() }]);
  visits.erred(signal(id, SINCE + 4_000), 299, false);
  expect(sent()).toEqual([]);
  visits.erred(signal(id, SINCE + 5_000), 1, true);
  expect(sent()).toMatchObject([{ init: false, status: "crashed", errors: 301 }]);
  visits.erred(signal(id, SINCE + 6_000), 1, true);
  visits.seen(signal(id, SINCE + 7_000));
  expect(sent()).toEqual([]);
});

test("a crash that is the first sign of a session begins and ends it in one", () => {
  const { visits, sent } = setUp();
  visits.erred(signal(sid(SINCE + 1_000), SINCE + 3_000), 1, true);
  expect(sent()).toMatchObject([{ init: true, status: "crashed", errors: 1 }]);
});

test("after half an hour of silence it has ended, and is not begun again by what comes late", () => {
  const { visits, sent, now } = setUp();
  const id = sid(SINCE + 1_000);
  visits.seen(signal(id, SINCE + 11_000));
  sent();
  now.ms += 32 * 60_000;
  expect(sent()).toMatchObject([{ init: false, status: "exited", duration: 10 }]);
  expect(sent()).toEqual([]);
  expect(visits.size()).toBe(0);
  visits.seen(signal(id, now.ms));
  expect(sent()).toEqual([]);
});

test("what began before the bridge did is left alone: an earlier one may have counted it", () => {
  const { visits, sent } = setUp();
  visits.seen(signal(sid(SINCE - 1), SINCE + 2_000));
  visits.erred(signal(sid(SINCE - 1), SINCE + 2_000), 1, true);
  visits.seen(signal("an id of another kind", SINCE - 1));
  expect(sent()).toEqual([]);
  visits.seen(signal("an id of another kind", SINCE + 1));
  expect(sent()).toMatchObject([{ init: true, sid: expect.stringMatching(/^[0-9a-f]{32}$/), started: new Date(SINCE + 1).toISOString() }]);
});

test("the user counts when known at the beginning, and does not change afterwards", () => {
  const { visits, sent } = setUp();
  const [one, two] = [sid(SINCE + 1_000, 1), sid(SINCE + 1_000, 2)];
  visits.seen(signal(one, SINCE + 2_000));
  visits.seen(signal(one, SINCE + 3_000, "ada"));
  visits.seen(signal(two, SINCE + 2_000));
  expect(sent()).toMatchObject([{ sid: one, did: "ada" }, { sid: two }]);
  visits.erred(signal(one, SINCE + 4_000, "bob"), 1, false);
  visits.erred(signal(two, SINCE + 4_000, "bob"), 1, false);
  const [first, second] = sent();
  expect(first).toMatchObject({ sid: one, did: "ada" });
  expect(second).not.toHaveProperty("did");
});

test("what did not arrive is still the beginning; what perhaps did is not repeated", () => {
  const { visits, sent } = setUp();
  const id = sid(SINCE + 1_000);
  visits.seen(signal(id, SINCE + 2_000));
  for (const { settle } of visits.take()) settle("no");
  expect(sent()).toMatchObject([{ init: true }]);
  const late = sid(SINCE + 1_000, 5);
  visits.seen(signal(late, SINCE + 2_000));
  for (const { settle } of visits.take()) settle("perhaps");
  expect(sent()).toEqual([]);
  visits.erred(signal(late, SINCE + 3_000), 1, true);
  expect(sent()).toMatchObject([{ init: false, status: "crashed" }]);
});

test("an error that comes while the beginning is under way is told next, with the beginning if that failed", () => {
  const { visits } = setUp();
  const id = sid(SINCE + 1_000);
  visits.seen(signal(id, SINCE + 2_000));
  const [first] = visits.take();
  visits.erred(signal(id, SINCE + 3_000), 1, false);
  first!.settle("no");
  expect(visits.take().map(({ update }) => update)).toMatchObject([{ init: true, errors: 1 }]);
});

test("memory is bounded: the longest silent goes, is counted when it waited, and is not begun again", () => {
  const { visits, sent, books } = setUp(2);
  for (let n = 0; n < 4; n++) visits.seen(signal(sid(SINCE + 1_000 + n), SINCE + 2_000 + n));
  expect(visits.size()).toBe(2);
  expect(books).toEqual({ received: 4, overflowed: 2 });
  expect(sent()).toHaveLength(2);
  visits.seen(signal(sid(SINCE + 1_000), SINCE + 5_000));
  expect(sent()).toEqual([]);
});

test("a page whose clock is years off begins now", () => {
  const { visits, sent, now } = setUp();
  visits.seen(signal(sid(1_000_000), 1_000_000));
  visits.seen(signal(sid(now.ms + 3_600_000), now.ms + 3_600_000));
  expect(sent().map(({ started }) => started)).toEqual([new Date(now.ms).toISOString(), new Date(now.ms).toISOString()]);
});
