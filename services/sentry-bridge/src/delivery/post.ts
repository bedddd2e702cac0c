import { Agent as HttpAgent, type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
}

/** No answer came: `timeout`, or `error` for everything the network does. The message is one line without the URL's key. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
  readonly kind: "timeout" | "error";
  /** `true`: nothing of it left this machine. */
  readonly neverSent: boolean;
  constructor(kind: "timeout" | "error", message: string, neverSent = false) {
    super(message);
    this.kind = kind;
    this.neverSent = neverSent;
  }
}

export interface Poster {
  /** @param once sends it over a connection of its own, and never a second time by itself */
  post: (headers: Record<string, string>, body: Buffer, once?: boolean) => Promise<Answer>;
  /** Ends what is under way; nothing is sent after it. */
  close: () => void;
}

/** The other side was never spoken to. */
const NO_CONNECTION: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** POSTs to one address over kept-alive connections, as many as are asked for at once. Redirects are not followed: a DSN names the only host that is spoken to. */
export function createPoster(endpoint: URL, timeoutMs: number): Poster {
  const secure = endpoint.protocol === "https:";
  const options = { keepAlive: true, scheduling: "lifo" as const };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;
  const under = new Set<{ destroy: (error: Error) => void }>();
  let closed = false;

  function exchange(headers: Record<string, string>, body: Buffer, kept: boolean): Promise<Answer> {
    if (closed) return Promise.reject(new NoAnswerError("error", "the bridge is shutting down", true));
    return new Promise((resolve, reject) => {
      const outgoing = request(endpoint, { method: "POST", agent: kept ? agent : false, headers: { ...headers, "content-length": String(body.length) } });
      const timer = setTimeout(() => outgoing.destroy(new NoAnswerError("timeout", `no answer within ${timeoutMs} ms`)), timeoutMs);
      under.add(outgoing);
      outgoing.on("close", () => under.delete(outgoing));
      const fail = (error: Error): void => {
        clearTimeout(timer);
        const known = error instanceof NoAnswerError ? error : new NoAnswerError("error", errorText(error), NO_CONNECTION.has((error as NodeJS.ErrnoException).code));
        reject(Object.assign(known, { stale: outgoing.reusedSocket && known.kind === "error" }));
      };
      outgoing.on("error", fail);
      outgoing.on("response", (response) => {
        // The status decides. The body only has to end within the time, so that the connection can be used again; cut short, it changes nothing.
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
        response.on("error", () => clearTimeout(timer));
        response.on("end", () => clearTimeout(timer));
        response.resume();
      });
      outgoing.end(body);
    });
  }

  return {
    async post(headers, body, once = false) {
      try {
        return await exchange(headers, body, !once);
      } catch (error) {
        // A kept connection that the other side closed meanwhile is no outage; the event id makes a second try harmless.
        if ((error as { stale?: boolean }).stale && !closed && !once) return exchange(headers, body, true);
        throw error;
      }
    },
    close() {
      closed = true;
      for (const outgoing of under) outgoing.destroy(new NoAnswerError("error", "the bridge is shutting down"));
      agent.destroy();
    },
  };
}

function errorText(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message.split("\n", 1)[0]! : code;
}
