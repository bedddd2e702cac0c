import express, { type Express } from "express";
import { dashboardRoutes } from "./dashboard-routes.ts";
import { guardHost } from "./host-guard.ts";
import { HttpError, answerErrors } from "./http-error.ts";
import { inboxRoutes } from "./inbox-routes.ts";
import { pageRoutes, unreadableAddress } from "./page-routes.ts";
import { pagerdutyRoutes } from "./receivers/pagerduty.ts";
import { slackRoutes } from "./receivers/slack.ts";
import { runbookRoutes } from "./runbook-routes.ts";
import { sentryRoutes } from "./sentry/routes.ts";
import type { Settings } from "./settings.ts";
import { prometheusRoutes } from "./state/prometheus.ts";
import { silenceRoutes } from "./state/silences.ts";
import { stateRoutes } from "./state/routes.ts";
import type { Stores } from "./stores.ts";
import { traceRoutes } from "./traces/routes.ts";

/** Nothing from elsewhere is loaded, nothing inline runs; styles may be inline because React and charts set them. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The whole HTTP side: what receives, what answers as JSON, and the page. */
export function createApp(settings: Settings, stores: Stores): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.use((_req, res, next) => {
    res.set({ "Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin" });
    next();
  });
  app.use(guardHost(settings.host));

  app.get("/health", (_req, res) => void res.json({ status: "ok" }));
  app.use(sentryRoutes(stores));
  app.use(slackRoutes(stores.inbox));
  app.use(pagerdutyRoutes(stores.inbox, stores.incidents));
  app.use(traceRoutes(stores.traces));
  app.use(inboxRoutes(stores.inbox));
  app.use(stateRoutes(settings));
  app.use(silenceRoutes(settings.alertmanagerUrl));
  app.use(prometheusRoutes(settings.prometheusUrl));
  app.use(dashboardRoutes(settings.dashboardsDir));
  app.use("/api", (req) => {
    throw new HttpError(404, `there is no ${req.method} ${req.originalUrl.split("?")[0]}; services/console/README.md lists the API`);
  });
  app.use(runbookRoutes(settings.runbooksDir));
  app.use(pageRoutes(settings.pageDir));
  app.use(unreadableAddress(settings.pageDir));
  app.use(answerErrors);
  return app;
}
