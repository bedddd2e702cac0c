import { get } from "node:http";
import { connect } from "node:net";

/**
 * When a part counts as ready: its URL answers (with success, or with any status where that says more about other parts),
 * or its port takes connections.
 */
export type Readiness = { url: string; anyStatus?: boolean } | { port: number };

const pause_ms = 100;
const answer_ms = 2_000;

/** Asks until the part is ready (true) or the signal aborts (false). */
export async function untilReady(readiness: Readiness, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isReady(readiness)) return !signal.aborted;
    await new Promise((resume) => setTimeout(resume, pause_ms));
  }
  return false;
}

export async function isReady(readiness: Readiness): Promise<boolean> {
  return "url" in readiness ? await answers(readiness.url, readiness.anyStatus === true) : await takesConnections(readiness.port);
}

async function answers(url: string, anyStatus: boolean): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: answer_ms }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(anyStatus || (status >= 200 && status < 400));
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(false));
  });
}

async function takesConnections(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: answer_ms });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
