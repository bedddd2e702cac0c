import express from "express";
import type { ErrorRequestHandler } from "express";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../test-support/http.ts";
import { demoErrorRoutes } from "./demo-errors.ts";

test("each kind fails with an error of its own, and all are one route", async () => {
  const seen: string[] = [];
  const note: ErrorRequestHandler = (error: Error, req, res, _next) => {
    seen.push(`${req.baseUrl}${req.route.path} ${error.name}: ${error.message}`);
    res.status(500).end();
  };
  const server = await listen(express().use("/demo", demoErrorRoutes(1), note));
  onTestFinished(() => server.close());
  for (const kind of ["sync", "async", "slow", "rejected"]) expect((await fetch(`${server.url}/demo/${kind}`)).status).toBe(500);
  expect(seen).toEqual([
    expect.stringMatching(/^\/demo\/:kind TypeError: Cannot read properties of undefined/),
    "/demo/:kind RangeError: Demo: 0 recommendations found where at least 1 was expected",
    "/demo/:kind Error: Demo: the report took longer than 1 ms and failed",
    "/demo/:kind Error: Demo: the order could not be stored",
  ]);
});
