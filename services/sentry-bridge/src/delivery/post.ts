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
  constructor(kind: "timeout" | "error", message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Poster {
  post: (headers: Record<string, string>, body: Buffer) => Promise<Answer>;
  /** Ends what is under way; nothing is sent after it. */
  close: () => void;
}

/** POSTs to one address over kept-alive connections. Redirects are not followed: a DSN names the only host that is spoken to. */
export function createPoster(endpoint: URL, connections: number, timeoutMs: number): Poster {
  const secure = endpoint.protocol === "https:";
  const options = { keepAlive: true, maxSockets: connections, scheduling: "lifo" as const };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;
  const under = new Set<{ destroy: (error: Error) => void }>();
  let closed = false;

  function once(headers: Record<string, string>, body: Buffer): Promise<Answer> {
    if (closed) return Promise.reject(new NoAnswerError("error", "the bridge is shutting down"));
    return new Promise((resolve, reject) => {
      const outgoing = request(endpoint, { method: "POST", agent, headers: { ...headers, "content-length": String(body.length) } });
      const timer = setTimeout(() => outgoing.destroy(new NoAnswerError("timeout", `no answer within ${timeoutMs} ms`)), timeoutMs);
      under.add(outgoing);
      outgoing.on("close", () => under.delete(outgoing));
      const fail = (error: Error): void => {
        clearTimeout(timer);
        const known = error instanceof NoAnswerError ? error : new NoAnswerError("error", errorText(error));
        reject(Object.assign(known, { stale: outgoing.reusedSocket && known.kind === "error" }));
      };
      outgoing.on("error", fail);
      outgoing.on("response", (response) => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers };
        // The status decides; the body only has to end, so that the connection can be used again.
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(timer);
          resolve(answer);
        });
        response.resume();
      });
      outgoing.end(body);
    });
  }

  return {
    async post(headers, body) {
      try {
        return await once(headers, body);
      } catch (error) {
        // A kept connection that the other side closed meanwhile is no outage; the event id makes a second try harmless.
        if ((error as { stale?: boolean }).stale && !closed) return once(headers, body);
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
