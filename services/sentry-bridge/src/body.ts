import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { HttpError } from "./http-error.ts";
import type { Settings } from "./settings.ts";

type Decompress = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Encodings that the Collector's otlp_http exporter can be set to, as far as Node has them. */
const ENCODINGS: ReadonlyMap<string, Decompress> = new Map([
  ["gzip", promisify(gunzip) as Decompress],
  ["x-gzip", promisify(gunzip) as Decompress],
  ["zstd", promisify(zstdDecompress) as Decompress],
  ["deflate", promisify(inflate) as Decompress],
  ["br", promisify(brotliDecompress) as Decompress],
]);

/** Bytes that are held in memory for senders: bodies as they arrive, exceptions until they are delivered. */
export interface Budget {
  used: () => number;
  /** Throws HttpError 503 when there is no room. Call the result exactly once to give the bytes back. */
  reserve: (bytes: number) => () => void;
}

export function createBudget(max: number): Budget {
  let used = 0;
  return {
    used: () => used,
    reserve(bytes) {
      // A single request always fits when nothing else is there: its own limits bound it, and refusing it would refuse it forever.
      if (used > 0 && used + bytes > max) throw new HttpError(503, `the bridge holds ${used} bytes for senders and takes ${max} at most`, 1);
      used += bytes;
      return () => void (used -= bytes);
    },
  };
}

type Limits = Pick<Settings, "maxBodyBytes" | "maxDecodedBytes">;

/** Reads a body as it came over the wire. Throws HttpError 413, 415, 503. The caller releases the reservation. */
export async function readBody(request: IncomingMessage, limits: Limits, budget: Budget): Promise<{ body: Buffer; release: () => void }> {
  if (!ENCODINGS.has(encodingOf(request)) && encodingOf(request) !== "identity") {
    throw new HttpError(415, `content-encoding ${JSON.stringify(encodingOf(request).slice(0, 40))} is not known; use ${[...ENCODINGS.keys()].join(", ")} or none`);
  }
  const tooLarge = (): HttpError => new HttpError(413, `the body is larger than ${limits.maxBodyBytes} bytes (SENTRY_BRIDGE_MAX_BODY_BYTES)`);
  if (Number(request.headers["content-length"] ?? 0) > limits.maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  const releases: (() => void)[] = [];
  const release = (): void => releases.forEach((giveBack) => giveBack());
  let size = 0;
  try {
    // Not destroyed when it is too much: the answer goes out over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.maxBodyBytes) throw tooLarge();
      releases.push(budget.reserve(chunk.length));
      chunks.push(chunk);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { body: Buffer.concat(chunks, size), release };
}

/** Throws HttpError 400 when it is not what its header says, 413 when it unpacks to more than is allowed. */
export async function decompress(request: IncomingMessage, body: Buffer, { maxDecodedBytes }: Limits): Promise<Buffer> {
  const encoding = encodingOf(request);
  const unpack = ENCODINGS.get(encoding);
  if (!unpack) {
    if (body.length > maxDecodedBytes) throw decodedTooLarge(maxDecodedBytes);
    return body;
  }
  try {
    return await unpack(body, { maxOutputLength: maxDecodedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw decodedTooLarge(maxDecodedBytes);
    throw new HttpError(400, `the body is not valid ${encoding}: ${(error as Error).message.slice(0, 100)}`);
  }
}

function decodedTooLarge(max: number): HttpError {
  return new HttpError(413, `the body unpacks to more than ${max} bytes (SENTRY_BRIDGE_MAX_DECODED_BYTES)`);
}

function encodingOf(request: IncomingMessage): string {
  return (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
}
