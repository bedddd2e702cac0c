import { expect, test } from "vitest";
import { routeMatcher } from "./routes.ts";

const match = routeMatcher(["/", "/files/*", "/projects/:id", "/projects/new", "/projects/:id/runs/:run"]);

test.each([
  ["/", "/"],
  ["/projects/7", "/projects/:id"],
  ["/projects/7/", "/projects/:id"],
  ["/projects/new", "/projects/new"],
  ["/projects/7/runs/9", "/projects/:id/runs/:run"],
  ["/files", "/files/*"],
  ["/files/a/b", "/files/*"],
  ["/secret/ada@example.com", "*"],
])("%s is %s", (path, template) => {
  expect(match(path)).toBe(template);
});

test("without templates a raw path never comes through", () => {
  expect(routeMatcher([])("/users/4711")).toBe("*");
});
