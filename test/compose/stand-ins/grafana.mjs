// Stands in for Grafana: reads the settings, provisioning files and dashboards as Grafana would, refuses to start without them, and serves
// /api/health, /api/search, /api/datasources and /api/datasources/uid/<uid>/health for its one user.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";

const { GF_PATHS_DATA = "", GF_PATHS_PROVISIONING = "", GF_SECURITY_ADMIN_USER: user = "admin", GF_SECURITY_ADMIN_PASSWORD__FILE: passwordFile = "" } = process.env;

const password = readFileSync(passwordFile, "utf8").trim();
if (password === "") throw new Error(`${passwordFile} is empty`);
// Its database: something to back up.
writeFileSync(join(GF_PATHS_DATA, "grafana.db"), "", { flag: "a" });

const datasources = provisioned("datasources").flatMap((file) => file.datasources);
const dashboards = provisioned("dashboards")
  .flatMap((file) => file.providers)
  .flatMap(({ folder, options }) => jsonFiles(options.path).map((dashboard) => ({ uid: dashboard.uid, title: dashboard.title, type: "dash-db", folderTitle: folder })));

createServer(async (request, response) => {
  const { status, body } = await answer(request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}).listen(3000, "0.0.0.0", () => console.log(`${dashboards.length} dashboards, ${datasources.length} data sources`));

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));

async function answer({ url, headers }) {
  if (url === "/api/health") return { status: 200, body: { database: "ok" } };
  if (headers.authorization !== `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`) return { status: 401, body: { message: "Unauthorized" } };
  if (url.startsWith("/api/search")) return { status: 200, body: dashboards };
  if (url === "/api/datasources") return { status: 200, body: datasources };
  const uid = /^\/api\/datasources\/uid\/(\w+)\/health$/.exec(url)?.[1];
  const source = datasources.find((candidate) => candidate.uid === uid);
  if (source === undefined) return { status: 404, body: { message: "Not found" } };
  const query = await fetch(`${source.url}/api/v1/query?query=1`).then((found) => found.ok, () => false);
  return { status: query ? 200 : 400, body: { status: query ? "OK" : "ERROR" } };
}

function provisioned(kind) {
  const folder = join(GF_PATHS_PROVISIONING, kind);
  return readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)).map((name) => parse(readFileSync(join(folder, name), "utf8")));
}

function jsonFiles(folder) {
  return readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}
