import { setTimeout as sleep } from "node:timers/promises";
import { Router } from "express";

/**
 * `GET /api/demo/errors/:kind`: failures to look at in error tracking, one per way in which a handler can fail. Nothing of ours
 * stands between them and what watches the service.
 */
export function demoErrorRoutes(slow_ms = 3_000): Router {
  const failures = new Map<string, () => unknown>([
    ["sync", () => chargeOrder({ id: "1042", items: undefined })],
    ["async", () => loadRecommendations()],
    ["slow", () => writeReport(slow_ms)],
    ["rejected", () => Promise.reject(new Error("Demo: the order could not be stored", { cause: new Error("Demo: connection to the stock service lost") }))],
  ]);
  const router = Router();
  router.get("/:kind", (req, _res, next) => {
    const fail = failures.get(req.params.kind);
    return fail === undefined ? next() : fail();
  });
  return router;
}

/** A mistake of the usual kind: a field that is not always there. */
function chargeOrder(order: { id: string; items: { price: number }[] | undefined }): number {
  return sumPrices(order.items as { price: number }[]);
}

function sumPrices(items: { price: number }[]): number {
  return items.reduce((sum, item) => sum + item.price, 0);
}

async function loadRecommendations(): Promise<never> {
  await sleep(5);
  throw new RangeError("Demo: 0 recommendations found where at least 1 was expected");
}

async function writeReport(slow_ms: number): Promise<never> {
  await sleep(slow_ms);
  throw new Error(`Demo: the report took longer than ${slow_ms} ms and failed`);
}
