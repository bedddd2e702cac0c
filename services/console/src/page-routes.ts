import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type ErrorRequestHandler, type Router } from "express";
import { HttpError } from "./http-error.ts";
import { plainPage } from "./plain-page.ts";

/** The built page; every address that is no file gets `index.html` and is resolved there. Without a build, `/` says how to make one. */
export function pageRoutes(pageDir: string): Router {
  const router = express.Router();
  router.use(express.static(pageDir, { index: false, redirect: false, setHeaders: (res, path) => void res.setHeader("Cache-Control", cacheControl(path)) }));

  router.get("/{*path}", (req, res, next) => (req.path.startsWith("/assets/") ? next() : sendPage(pageDir, res)));
  router.use((req) => {
    throw new HttpError(404, `there is no ${req.method} ${req.path} here; services/console/README.md lists what is`);
  });
  return router;
}

/** An address with `%` that is no character (`/issues/%E0%A4%A`) is nobody's: readers get the page, which says so; whoever asks for JSON gets the error. */
export function unreadableAddress(pageDir: string): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (!(error instanceof URIError) || req.path.startsWith("/api/") || req.accepts("json", "html") !== "html") return next(error);
    sendPage(pageDir, res.status(404));
  };
}

function sendPage(pageDir: string, res: express.Response): void {
  const index = join(pageDir, "index.html");
  if (existsSync(index)) return void res.set("Cache-Control", "no-cache").sendFile(index);
  res.status(res.req.path === "/" ? 200 : 404).send(plainPage("Not built yet", NOT_BUILT));
}

/** Files in assets/ carry a hash of their content in their name. */
function cacheControl(path: string): string {
  return /[\\/]assets[\\/]/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
}

const NOT_BUILT = `<h1>The page is not built yet</h1>
<p>The console is running: it receives, and answers as JSON (<a href="/api/inbox">/api/inbox</a>, <a href="/api/issues">/api/issues</a>,
<a href="/api/traces">/api/traces</a>, <a href="/api/parts">/api/parts</a>). To see it as a page, run this in the project's folder and reload:</p>
<pre><code>npm run build -w services/console</code></pre>`;
