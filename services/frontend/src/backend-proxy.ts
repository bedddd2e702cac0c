import { createProxyMiddleware, debugProxyErrorsPlugin, type RequestHandler } from "http-proxy-middleware";

/** The slowest the backend may be: a slow demonstration route or a model's answer. */
const backendTimeoutMs = 60_000;

/** Passes `/api` on to the backend as it is; 502 with the API's error shape when the backend does not answer. */
export function backendProxy(backendUrl: string): RequestHandler {
  return createProxyMiddleware({
    target: backendUrl,
    pathFilter: (path) => path === "/api" || path.startsWith("/api/"),
    changeOrigin: true,
    xfwd: true,
    proxyTimeout: backendTimeoutMs,
    // The default plugins answer plain text that repeats the URL.
    ejectPlugins: true,
    plugins: [
      debugProxyErrorsPlugin,
      (proxy) => {
        proxy.on("error", (_error, _request, response) => {
          if (!response || !("writeHead" in response) || response.headersSent) return void response?.destroy();
          response.writeHead(502, { "content-type": "application/json" });
          response.end(JSON.stringify({ error: { code: "backend_unavailable", message: "The HelloAgents API does not answer. Try again in a moment." } }));
        });
      },
    ],
  });
}
