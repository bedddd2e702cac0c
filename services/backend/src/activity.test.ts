import { expect, test } from "vitest";
import { createActivity } from "./activity.ts";

test("sessions count until they were not seen for the window, users once however many sessions they have", () => {
  let now = 0;
  const activity = createActivity(1_000, () => now);
  activity.seen("s1", "ada");
  activity.seen("s2", "ada");
  now = 600;
  activity.seen("s3", "bob");
  activity.seen("s1", "ada");
  expect([activity.sessions(), activity.users()]).toEqual([3, 2]);
  now = 1_100; // s2 has gone
  expect([activity.sessions(), activity.users()]).toEqual([2, 2]);
  activity.gone("s3");
  expect([activity.sessions(), activity.users()]).toEqual([1, 1]);
  now = 5_000;
  expect([activity.sessions(), activity.users()]).toEqual([0, 0]);
});
