/** A parsed Sentry DSN. `publicKey` goes into one request header and nowhere else; `label` is what logs and metrics may show. */
export interface Dsn {
  publicKey: string;
  projectId: string;
  /** Where envelopes go: `https://host[:port][/path]/api/<project>/envelope/`. */
  endpoint: URL;
  /** `host/project`, without the key. */
  label: string;
}

const FORM = "https://<public key>@<host>/<project id>";

/**
 * Parses a DSN: `scheme://publicKey[:secret]@host[:port][/path]/projectId` (develop.sentry.dev, authentication).
 * @param name of the setting it comes from; errors name it and never repeat the value, which holds a key
 */
export function parseDsn(value: string, name: string): Dsn {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new Error(`${name} is not a URL; a DSN reads ${FORM}`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error(`${name} must start with http:// or https://; a DSN reads ${FORM}`);
  if (url.username === "") throw new Error(`${name} has no public key before the @; a DSN reads ${FORM}`);
  const path = url.pathname.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  const projectId = path.slice(slash + 1);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(projectId)) throw new Error(`${name} has no project id after the host; a DSN reads ${FORM}`);
  const publicKey = decoded(url.username);
  if (publicKey === undefined) throw new Error(`${name} has a % in its public key that is no escape; a DSN reads ${FORM}`);
  return {
    publicKey,
    projectId,
    endpoint: new URL(`${url.protocol}//${url.host}${path.slice(0, slash)}/api/${projectId}/envelope/`),
    label: `${url.host}/${projectId}`,
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
