import { expect, test } from "vitest";
import { createIssues, MAX_ISSUES } from "./issues.ts";

const id = (n: number) => n.toString(16).padStart(32, "0");
const event = (type: string, more: Record<string, unknown> = {}) => ({ exception: { values: [{ type, value: "v" }] }, ...more });

test("an issue counts its events, users, releases and traces", () => {
  let now = 0;
  const issues = createIssues(() => (now += 1000));
  const first = issues.add("1", id(1), event("E", { release: "a@1", user: { id: "u1" }, contexts: { trace: { trace_id: "t1" } } }));
  issues.add("1", id(2), event("E", { release: "a@2", user: { id: "u2" }, contexts: { trace: { trace_id: "t2" } } }));
  const [issue] = issues.list({});
  expect(issue).toMatchObject({ id: first.issue.id, count: 2, users: 2, releases: ["a@2", "a@1"], traceIds: ["t2", "t1"], firstSeen: "1970-01-01T00:00:01.000Z", lastSeen: "1970-01-01T00:00:02.000Z" });
  expect(issues.list({ traceId: "t1" })).toHaveLength(1);
  expect(issues.list({ traceId: "t9" })).toHaveLength(0);
  expect(issues.list({ project: "2" })).toHaveLength(0);
  expect(issues.get(first.issue.id)).toMatchObject({ latest: { id: id(2) }, events: [{ id: id(2) }, { id: id(1) }] });
  expect(issues.get(first.issue.id, id(1))).toMatchObject({ latest: { id: id(1), release: "a@1" } });
});

test("the same event id counts once per project", () => {
  const issues = createIssues();
  expect(issues.add("1", id(1), event("E")).fresh).toBe(true);
  expect(issues.add("1", id(1), event("E")).fresh).toBe(false);
  expect(issues.add("2", id(1), event("E")).fresh).toBe(true);
  expect(issues.list({ project: "1" })[0]?.count).toBe(1);
});

test("the issues that were quiet longest are forgotten first", () => {
  const issues = createIssues();
  for (let n = 0; n <= MAX_ISSUES; n += 1) {
    issues.add("1", id(2 * n), event(`E${n}`));
    issues.add("1", id(2 * n + 1), event("Recurring"));
  }
  expect(issues.count()).toBe(MAX_ISSUES);
  const types = issues.list({ limit: MAX_ISSUES }).map((issue) => issue.type);
  expect(types[0]).toBe("Recurring");
  expect(types).toContain(`E${MAX_ISSUES}`);
  expect(types).not.toContain("E0");
});

test("large events are bounded in bytes, and every issue keeps its newest", () => {
  const issues = createIssues();
  for (let n = 0; n < 60; n += 1) issues.add("1", id(n), event(n % 2 === 0 ? "A" : "B", { extra: { text: "x".repeat(900_000) } }));
  const kept = issues.list({}).map((issue) => issues.get(issue.id)?.events.length ?? 0);
  expect(kept).toHaveLength(2);
  expect(Math.min(...kept)).toBeGreaterThanOrEqual(1);
  expect(kept.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(19);
  expect(issues.list({})[0]?.count).toBe(30);
});
