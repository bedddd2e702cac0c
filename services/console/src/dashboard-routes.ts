import express, { type Router } from "express";
import { listDashboards, readDashboard } from "./dashboards.ts";
import { HttpError } from "./http-error.ts";

/** `GET /api/dashboards`, `GET /api/dashboards/:uid`: Grafana's JSON as committed. `/d/:uid` is Grafana's address of the same, which alerts link. */
export function dashboardRoutes(dir: string): Router {
  const router = express.Router();

  router.get("/api/dashboards", async (_req, res) => void res.json(await listDashboards(dir)));

  router.get("/api/dashboards/:uid", async (req, res) => {
    const dashboard = await readDashboard(dir, req.params.uid);
    if (!dashboard) throw new HttpError(404, `there is no dashboard ${req.params.uid}; /dashboards lists those of ${dir} (DASHBOARDS_DIR)`);
    res.json(dashboard);
  });

  router.get("/d/:uid{/*slug}", (req, res) => {
    const query = req.originalUrl.split("?")[1];
    res.redirect(302, `/dashboards/${encodeURIComponent(req.params.uid)}${query ? `?${query}` : ""}`);
  });

  return router;
}
