const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/** GETs JSON within `timeoutMs`. Throws an Error whose message says what is wrong with that address, in words for the page. */
export async function fetchJson(url: string, timeoutMs: number): Promise<unknown> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), headers: { accept: "application/json" } });
    body = await response.text();
  } catch (error) {
    throw new Error(reasonOf(error, timeoutMs), { cause: error });
  }
  if (body.length > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
  if (!response.ok) throw new Error(`it answered ${response.status}: ${body.slice(0, 200).trim()}`);
  try {
    return JSON.parse(body);
  } catch {
    throw new Error("its answer is not JSON: something else may be listening there");
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === "TimeoutError") return `it did not answer within ${timeoutMs / 1000} s`;
  const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  if (cause?.code === "ENOTFOUND") return "that name is not known";
  return cause?.message ?? (error as Error).message;
}
