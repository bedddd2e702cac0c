import { expect, test } from "vitest";
import { createInbox, INBOX_BOUNDS, type InboxHead, type InboxItem } from "./inbox.ts";

const head = (kind: InboxHead["kind"], title: string) => ({ kind, title, text: "", level: "info" as const, to: "x" });
const listed = (json: string) => JSON.parse(json) as InboxItem[];

test("newest first, with kind, limit, since and without raw", () => {
  let now = 0;
  const inbox = createInbox(INBOX_BOUNDS, () => (now += 1000));
  inbox.add(head("slack", "one"), { n: 1 });
  inbox.add(head("email", "two"), { n: 2 });
  inbox.add(head("slack", "three"), { n: 3 });
  expect(listed(inbox.list({})).map((item) => item.title)).toEqual(["three", "two", "one"]);
  expect(listed(inbox.list({ kind: "slack" })).map((item) => item.raw)).toEqual([{ n: 3 }, { n: 1 }]);
  expect(listed(inbox.list({ limit: 1 })).map((item) => item.title)).toEqual(["three"]);
  expect(listed(inbox.list({ sinceMs: 2000 })).map((item) => item.title)).toEqual(["three"]);
  expect(listed(inbox.list({ raw: false }))[0]).not.toHaveProperty("raw");
  const [newest] = listed(inbox.list({}));
  expect(JSON.parse(inbox.get(newest?.id ?? "") ?? "null")).toEqual(newest);
});

test("each kind has its own bounds: a flood of errors pushes no page out", () => {
  const small = { maxCount: 3, maxBytes: 1e6 };
  const inbox = createInbox({ sentry: small, slack: small, pagerduty: small, email: { maxCount: 100, maxBytes: 5_000 } });
  inbox.add(head("pagerduty", "page"), {});
  for (let n = 0; n < 10; n += 1) inbox.add(head("sentry", `e${n}`), {});
  expect(listed(inbox.list({})).map((item) => item.title)).toEqual(["e9", "e8", "e7", "page"]);
  for (let n = 0; n < 10; n += 1) inbox.add(head("email", `m${n}`), { text: "x".repeat(1_000) });
  expect(listed(inbox.list({ kind: "email" })).map((item) => item.title)).toEqual(["m9", "m8", "m7"]);
  inbox.add(head("email", "huge"), { text: "x".repeat(9_000) });
  expect(listed(inbox.list({ kind: "email" })).map((item) => item.title)).toEqual(["huge"]);
});

test("subscribers hear of each message and of clearing until they stop", () => {
  const inbox = createInbox();
  const heard: string[] = [];
  const stop = inbox.subscribe({ item: (item, json) => heard.push(`${item.title} ${JSON.stringify(JSON.parse(json(true)).raw)}`), cleared: () => heard.push("cleared"), end: () => heard.push("end") });
  inbox.add(head("slack", "a"), { n: 1 });
  inbox.clear();
  expect(inbox.list({})).toBe("[]");
  stop();
  inbox.add(head("slack", "b"), {});
  inbox.endStreams();
  expect(heard).toEqual(['a {"n":1}', "cleared"]);
});
