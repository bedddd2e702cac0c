/** The page's routes. The server answers each with the page, and telemetry names views by them (`url.template`). */
export const routes = ["/", "/projects/:id", "/assistant", "/help"] as const;
