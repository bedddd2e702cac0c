import { readFileSync } from "node:fs";
import { join } from "node:path";
import { escapeHtml } from "./runbooks.ts";

const stylesDir = join(import.meta.dirname, "page/styles");
// The page's own colours and type, from their source: these pages work without a build.
const css = ["tokens.css", "prose.css"].map((file) => readFileSync(join(stylesDir, file), "utf8")).join("\n");

/** A page that needs no script: `body` is HTML, `title` text. */
export function plainPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · HelloAgents console</title>
<style>${css}</style>
</head>
<body class="plain">
<header class="plain-header"><a class="plain-home" href="/">HelloAgents <span>console</span></a>
<nav aria-label="Sections"><a href="/">Home</a> <a href="/dashboards">Dashboards</a> <a href="/alerts">Alerts</a> <a href="/inbox">Inbox</a> <a href="/issues">Issues</a> <a href="/traces">Traces</a> <a href="/runbooks">Runbooks</a></nav></header>
<main class="prose">${body}</main>
</body>
</html>
`;
}
