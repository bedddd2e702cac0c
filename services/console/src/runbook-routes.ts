import express, { type Router } from "express";
import { listRunbooks, readRunbook } from "./runbooks.ts";
import { plainPage } from "./plain-page.ts";

/** `GET /runbooks`, `GET /runbooks/:alertName`: pages without script, so that they open when nothing else does. */
export function runbookRoutes(dir: string): Router {
  const router = express.Router();

  router.get("/runbooks", async (_req, res) => {
    res.send(plainPage("Runbooks", `<h1>Runbooks</h1>${known(await listRunbooks(dir), dir)}`));
  });

  router.get("/runbooks/:alertName", async (req, res) => {
    const name = req.params.alertName;
    const html = await readRunbook(dir, name);
    if (html !== undefined) return void res.send(plainPage(`${name} · Runbook`, html));
    const missing = `<h1>No runbook with this name</h1><p>Alerts name their runbook by their own name: add <code>&lt;AlertName&gt;.md</code> to the folder of runbooks.</p>`;
    res.status(404).send(plainPage("No such runbook", `${missing}${known(await listRunbooks(dir), dir)}`));
  });

  return router;
}

function known(names: string[], dir: string): string {
  if (names.length === 0) return `<p>There are no runbooks in <code>${dir.replaceAll("<", "&lt;")}</code> (setting <code>RUNBOOKS_DIR</code>).</p>`;
  return `<p>What to do when an alert fires:</p><ul>${names.map((name) => `<li><a href="/runbooks/${name}">${name}</a></li>`).join("")}</ul>`;
}
