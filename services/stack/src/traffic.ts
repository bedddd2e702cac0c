import { setTimeout as pause } from "node:timers/promises";

/**
 * Demo traffic: a few users who sign in, write projects, run code (some of it fails, some is slow), ask the assistant, mistype addresses
 * and now and then meet an error. About one request a second. Nothing that goes wrong here ever reaches the caller.
 */
export function startTraffic(backend: string, seed = 1): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const random = randomNumbers(seed);
  const users = ["Ada", "Grace", "Edsger"].map((name) => user(name, backend, random, stopping.signal));
  const done = Promise.all(users);
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

/** Mean pause between two requests of one user, in ms: with three users about one request a second. */
const pause_ms = 3_000;
const request_ms = 30_000;

const programs = {
  quick: "const words = ['hello', 'agents'];\nconsole.log(words.join(' '));\nwords.length",
  slow: "let sum = 0;\nfor (let i = 0; i < 4_000_000; i++) sum += i % 7;\nsum",
  failing: "const order = { items: undefined };\norder.items.length",
  broken: "function (",
  endless: "while (true) {}",
};

const questions = ["How do I read a file line by line?", "What does this error mean: x is not a function?", "Write a test for a function that adds two numbers."];

type Send = (method: string, path: string, body?: unknown) => Promise<Response>;

/** What users do, by how often (weights). */
const actions: [number, (send: Send, random: () => number) => Promise<unknown>][] = [
  [26, async (send) => await send("GET", "/api/projects")],
  [8, async (send) => await send("POST", "/api/projects", { name: "Demo project", language: "javascript", code: programs.quick })],
  [26, async (send) => await send("POST", "/api/executions", { language: "javascript", code: programs.quick })],
  [8, async (send) => await send("POST", "/api/executions", { language: "javascript", code: programs.slow })],
  [1, async (send) => await send("POST", "/api/executions", { language: "javascript", code: programs.failing })],
  [1, async (send) => await send("POST", "/api/executions", { language: "javascript", code: programs.broken })],
  [14, async (send, random) => await send("POST", "/api/assistant/messages", { messages: [{ role: "user", content: pick(questions, random) }] })],
  [4, async (send) => await send("GET", "/api/project")],
  [10, async (send) => await send("GET", "/api/session")],
  [3, removeOldProject],
];

/** Failures that track errors need: rare, so that no alert fires because of the demo. */
const failures = ["/api/demo/errors/sync", "/api/demo/errors/async", "/api/demo/errors/rejected"];
const failureEvery_ms = 15 * 60_000;

async function user(name: string, backend: string, random: () => number, signal: AbortSignal): Promise<void> {
  let token: string | undefined;
  let nextFailure = Date.now() + 20_000 + random() * failureEvery_ms;
  const send: Send = async (method, path, body) => {
    const response = await fetch(backend + path, {
      method,
      headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(request_ms)]),
    });
    if (response.status === 401) token = undefined;
    return response;
  };
  while (!signal.aborted) {
    try {
      if (token === undefined) token = ((await (await send("POST", "/api/sessions", { name })).json()) as { token?: string }).token;
      else if (Date.now() > nextFailure) {
        nextFailure = Date.now() + failureEvery_ms * (0.5 + random());
        await (await send("GET", pick(failures, random))).arrayBuffer();
      } else await choose(actions, random)(send, random);
    } catch {
      // The backend is away or slow: a user tries again later.
    }
    await pause(pause_ms * (0.5 + random()), undefined, { signal }).catch(() => undefined);
  }
}

async function removeOldProject(send: Send): Promise<void> {
  const { projects = [] } = (await (await send("GET", "/api/projects")).json()) as { projects?: { id: string }[] };
  const oldest = projects.at(-1);
  if (projects.length > 5 && oldest !== undefined) await send("DELETE", `/api/projects/${oldest.id}`);
}

function choose<Choice>(weighted: [number, Choice][], random: () => number): Choice {
  let left = random() * weighted.reduce((sum, [weight]) => sum + weight, 0);
  return (weighted.find(([weight]) => (left -= weight) < 0) ?? weighted[0]!)[1];
}

const pick = (list: string[], random: () => number): string => list[Math.floor(random() * list.length)] ?? "";

/** Mulberry32: the same seed gives the same users every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
