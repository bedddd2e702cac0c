import { expect, test } from "vitest";
import { createCollapse, type Outcome, type Sighting } from "./collapse.ts";

const SENT: Outcome = { kind: "sent" };
const COLLAPSED: Outcome = { kind: "collapsed" };
const MINUTE = 60_000_000_000n;

/** Records what was delivered: the repeats, by number. */
function recorder(outcome: Outcome = SENT): { deliver: (repeat: number) => Promise<Outcome>; repeats: number[] } {
  const repeats: number[] = [];
  return { deliver: (repeat) => Promise.resolve((repeats.push(repeat), outcome)), repeats };
}

interface Where {
  at?: bigint;
  span?: string;
  source?: string;
  causes?: string[];
}

function seen(key: string, { at = 0n, span = "s1", source = "log", causes = [] }: Where = {}): Sighting {
  return { key, causes, recorded: { source, spanId: span, timeUnixNano: at } };
}

test("the same key is delivered once within the window, also while the first is still under way", async () => {
  const { once } = createCollapse();
  const gate = Promise.withResolvers<Outcome>();
  const first = once(seen("a"), () => gate.promise);
  const other = recorder();
  const second = once(seen("a", { at: 5n, span: "s2" }), other.deliver);
  gate.resolve(SENT);
  expect(await Promise.all([first, second])).toEqual([SENT, COLLAPSED]);
  expect(await once(seen("a", { at: MINUTE, span: "s3" }), other.deliver)).toEqual(COLLAPSED);
  expect(await once(seen("a", { at: 9n, source: "span_event" }), other.deliver)).toEqual(COLLAPSED);
  expect(other.repeats).toEqual([]);
});

test("on one span another time is a repeat, in another request too; a request that comes again repeats nothing", async () => {
  const { once } = createCollapse();
  const { deliver, repeats } = recorder();
  for (const at of [1n, 2n, 3n]) expect(await once(seen("a", { at }), deliver)).toEqual(SENT);
  expect(repeats).toEqual([0, 1, 2]);
  for (const at of [1n, 2n, 3n]) expect(await once(seen("a", { at }), deliver)).toEqual(COLLAPSED);
  // The span's own events tell of the same three.
  for (const at of [1n, 2n, 3n]) expect(await once(seen("a", { at: at + 10n, source: "span_event" }), deliver)).toEqual(COLLAPSED);
  expect(await once(seen("a", { at: 14n, source: "span_event" }), deliver)).toEqual(SENT);
  expect(repeats).toEqual([0, 1, 2, 3]);
});

test("endless repeats end as the same one", async () => {
  const { once, size } = createCollapse();
  const { deliver, repeats } = recorder();
  for (let at = 0n; at < 700n; at++) await once(seen("a", { at }), deliver);
  expect(repeats).toHaveLength(500 + 1);
  expect(size()).toBe(501);
});

test("a cause is decided on with its wrapper, and is its own again when it repeats", async () => {
  const { once } = createCollapse();
  const { deliver, repeats } = recorder();
  await once(seen("wrapper", { causes: ["cause", "root"] }), deliver);
  expect(await once(seen("cause", { at: 1n, span: "s2" }), deliver)).toEqual(COLLAPSED);
  expect(await once(seen("root", { at: 1n, span: "s3" }), deliver)).toEqual(COLLAPSED);
  expect(repeats).toEqual([0]);
  expect(await once(seen("cause", { at: 2n, span: "s2" }), deliver)).toEqual(SENT);
});

test("a deferred delivery defers those that waited for it, and is forgotten, its causes with it", async () => {
  const { once, size } = createCollapse();
  const gate = Promise.withResolvers<Outcome>();
  const all = [once(seen("a", { causes: ["b"] }), () => gate.promise), once(seen("a", { span: "s2" }), recorder().deliver), once(seen("b"), recorder().deliver)];
  gate.resolve({ kind: "deferred" });
  expect(await Promise.all(all)).toEqual([{ kind: "deferred" }, { kind: "deferred" }, { kind: "deferred" }]);
  expect(size()).toBe(0);
  expect(await once(seen("a"), recorder().deliver)).toEqual(SENT);
});

test("a delivery that fails is forgotten too", async () => {
  const { once, size } = createCollapse();
  await expect(once(seen("a"), () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
  expect(size()).toBe(0);
});

test("an exception that happened more than a minute apart is another one", async () => {
  const { once } = createCollapse();
  const { deliver, repeats } = recorder();
  await once(seen("a"), deliver);
  expect(await once(seen("a", { at: MINUTE + 1n, span: "s2" }), deliver)).toEqual(SENT);
  expect(repeats).toEqual([0, 0]);
});

test("memory is bounded by time since the last sight and by number", async () => {
  let now = 0;
  const { once, size } = createCollapse(3, () => now);
  const { deliver } = recorder();
  for (const key of ["a", "b", "c", "d"]) await once(seen(key), deliver);
  expect(size()).toBe(3);
  expect(await once(seen("a"), deliver)).toEqual(SENT);
  now = 50_000;
  expect(await once(seen("d"), deliver)).toEqual(COLLAPSED);
  now = 70_000;
  expect(await once(seen("c"), deliver)).toEqual(SENT);
  expect(await once(seen("d"), deliver)).toEqual(COLLAPSED);
  expect(size()).toBe(2);
});
