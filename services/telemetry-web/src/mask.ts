/** As the Collector writes it, so that a secret has one spelling wherever it was masked. */
const masked = "****";
const maxTextLength = 16_384;

/** `@` also percent-encoded; the last label must be letters, so that `react@19.1.0` in a stack stays. Every repeat is bounded. */
const email = /[\w.+-]{1,64}(?:@|%40)(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b/gi;
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
const jsonWebToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
/** A query value inside free text; stops before `:line:column` so that stack frames keep their position. */
const queryValue = /([?&][\w.~%[\]-]{1,64}=)[^&\s#'"<>)]*?(?=:\d{1,7}(?::\d{1,7})?(?=[\s)]|$)|[&\s#'"<>)]|$)/g;

/** Free text (messages, stacks, attribute values) without e-mail addresses, tokens and query values; at most 16 Ki characters. */
export function maskText(text: string): string {
  const bounded = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
  return bounded
    .replace(queryValue, `$1${masked}`)
    .replace(email, masked)
    .replace(bearer, `$1 ${masked}`)
    .replace(jsonWebToken, masked);
}

/** A URL as telemetry may show it: no user info, no fragment, query names without values, no e-mail in the path. */
export function maskUrl(url: URL): string {
  return url.origin + maskPath(url) + maskQuery(url);
}

/** The path of {@link maskUrl} alone. */
export function maskPath(url: URL): string {
  return maskText(url.pathname);
}

function maskQuery(url: URL): string {
  const names = [...url.searchParams.keys()].slice(0, 20).map((name) => `${encodeURIComponent(name.slice(0, 64))}=${masked}`);
  return names.length > 0 ? `?${names.join("&").replace(email, masked)}` : "";
}

/** `/api/projects/4711/runs` becomes `/api/projects/:id/runs`: segments that look like ids, for span names without a known route. */
export function foldPath(path: string): string {
  const segments = path.split("/").slice(0, 8);
  return segments.map((segment) => (looksLikeId(segment) ? ":id" : segment)).join("/");
}

function looksLikeId(segment: string): boolean {
  return /^\d+$/.test(segment) || /^[0-9a-f-]{8,}$/i.test(segment) || segment.length > 24 || (/\d/.test(segment) && segment.length > 12) || /@|%40/.test(segment);
}
