import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/** GETs JSON within `timeoutMs`, whatever the status. Throws an Error whose message says what is wrong with that address, in words for the page. */
export async function askJson(url: string, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  return await exchange(url, "GET", undefined, timeoutMs);
}

/** The same for a request that changes something. An empty answer is undefined. */
export async function sendJson(url: string, method: "POST" | "DELETE", body: unknown, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  return await exchange(url, method, body === undefined ? undefined : JSON.stringify(body), timeoutMs);
}

async function exchange(url: string, method: string, sent: string | undefined, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  const { status, body } = await send(url, method, sent, timeoutMs).catch((error: NodeJS.ErrnoException) => {
    throw new Error(reasonOf(error, timeoutMs), { cause: error });
  });
  try {
    return { status, body: body === "" ? undefined : JSON.parse(body) };
  } catch (error) {
    if (status !== 200) throw refused(status, body);
    throw new Error("its answer is not JSON: something else may be listening there", { cause: error });
  }
}

/** The same, and any other status than 200 is an Error, too. */
export async function fetchJson(url: string, timeoutMs: number): Promise<unknown> {
  const { status, body } = await askJson(url, timeoutMs);
  if (status !== 200) throw refused(status, JSON.stringify(body));
  return body;
}

function refused(status: number, body: string): Error {
  return new Error(`it answered ${status}: ${body.slice(0, 200).trim()}`);
}

type Answer = { status: number; body: string };

/** Not `fetch`, which costs this process 10 MB of memory. */
function send(url: string, method: string, body: string | undefined, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = url.startsWith("https:") ? httpsRequest : httpRequest;
    const headers = { accept: "application/json", ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }) };
    const request = start(url, { method, signal: AbortSignal.timeout(timeoutMs), headers }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER_BYTES) request.destroy(new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        chunks.push(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function reasonOf(error: NodeJS.ErrnoException, timeoutMs: number): string {
  if (error.name === "AbortError" || error.name === "TimeoutError") return `it did not answer within ${timeoutMs / 1000} s`;
  if (error.code === "ECONNREFUSED") return "nothing listens there";
  if (error.code === "ENOTFOUND") return "that name is not known";
  return error.message || (error.code ?? "the connection failed");
}
