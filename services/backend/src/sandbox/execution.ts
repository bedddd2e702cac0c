/** What the pool and its workers say to each other, and what an execution answers. */
export type Outcome = "success" | "error" | "timeout" | "memory_limit";

export interface OutputEntry {
  stream: "stdout" | "stderr" | "result";
  text: string;
}

export interface ExecutionError {
  name: string;
  message: string;
  stack: string;
}

export interface ExecutionResult {
  outcome: Outcome;
  output: OutputEntry[];
  error?: ExecutionError;
  /** Time in the sandbox, without the time in the queue. */
  durationMs: number;
}

export interface Limits {
  timeout_ms: number;
  memory_bytes: number;
}

/** Handed to a worker at its start. The module is compiled once and shared. */
export interface WorkerStart {
  wasmModule: WebAssembly.Module;
  limits: Limits;
}

export interface WorkerTask {
  id: number;
  code: string;
}

/** `ready`: a fresh engine waits for a task. `done` comes first, so that an answer never waits for the next engine. */
export type WorkerReport = { kind: "ready" } | { kind: "done"; id: number; result: ExecutionResult; reusable: boolean };

export function timeoutError(timeout_ms: number): ExecutionError {
  const message = `the code ran longer than ${timeout_ms / 1_000} s`;
  return { name: "TimeoutError", message, stack: `TimeoutError: ${message}` };
}

export function memoryError(memory_bytes: number): ExecutionError {
  const message = `the code used more than ${memory_bytes / 1_048_576} MB of memory`;
  return { name: "MemoryLimitError", message, stack: `MemoryLimitError: ${message}` };
}
