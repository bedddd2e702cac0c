import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from "quickjs-emscripten";
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from "quickjs-emscripten";
import { memoryError, timeoutError } from "./execution.ts";
import type { ExecutionError, ExecutionResult, Limits, OutputEntry } from "./execution.ts";
import { guestSource } from "./guest.ts";

export interface Engine {
  /** Runs one program; an engine is used once. Never throws for what the program does. `reusable` is about the thread. */
  execute(code: string): { result: ExecutionResult; reusable: boolean };
}

const outputCharsMax = 64 * 1_024;
const outputEntriesMax = 1_000;
const errorCharsMax = 4_000;
const stack_bytes = 256 * 1_024;
/** After the program has failed, reading its error may need a little more of what it has used up. */
const spare = { memory_bytes: 4 * 1_048_576, time_ms: 250 };
const page_bytes = 65_536;
const initialPages = 256;

/**
 * A QuickJS in a WebAssembly instance of its own, with its own memory: nothing is left from one program to the next,
 * not even after a fault inside the engine. It takes about a millisecond and is made before it is needed.
 */
export async function prepareEngine(wasmModule: WebAssembly.Module, limits: Limits): Promise<Engine> {
  // QuickJS counts its own allocations; the memory's maximum holds even if it should count wrongly.
  const maximum = initialPages + Math.ceil((limits.memory_bytes + 2 * spare.memory_bytes) / page_bytes);
  const wasmMemory = new WebAssembly.Memory({ initial: initialPages, maximum });
  const quickJs = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule, wasmMemory }));
  const runtime = quickJs.newRuntime({ memoryLimitBytes: limits.memory_bytes, maxStackSizeBytes: stack_bytes });
  const context = runtime.newContext();
  const output = collectOutput();
  const guest = openGuest(context, output.add);
  return { execute: (code) => execute({ runtime, context, guest, output, limits }, code) };
}

interface Guest {
  inspect: QuickJSHandle;
  describe: QuickJSHandle;
  nextTimer: QuickJSHandle;
}

interface Prepared {
  runtime: QuickJSRuntime;
  context: QuickJSContext;
  guest: Guest;
  output: ReturnType<typeof collectOutput>;
  limits: Limits;
}

function execute(prepared: Prepared, code: string): { result: ExecutionResult; reusable: boolean } {
  const { runtime, limits, output } = prepared;
  const start = performance.now();
  let deadline = start + limits.timeout_ms;
  let interrupted = false;
  runtime.setInterruptHandler(() => {
    interrupted ||= performance.now() > deadline;
    return interrupted;
  });
  const end = (outcome: ExecutionResult["outcome"], error?: ExecutionError) => ({
    result: { outcome, output: output.entries, ...(error === undefined ? {} : { error }), durationMs: Math.round((performance.now() - start) * 100) / 100 },
    // A thread that held a large memory gives it back for certain only by ending.
    reusable: outcome === "success" || outcome === "error",
  });
  try {
    const failure = runToEnd(prepared, code, () => interrupted);
    // Also without a failure: an interrupted promise job only rejects a promise that nobody may look at.
    if (interrupted) return end("timeout", timeoutError(limits.timeout_ms));
    if (failure === undefined) return end("success");
    runtime.setMemoryLimit(limits.memory_bytes + spare.memory_bytes);
    deadline = performance.now() + spare.time_ms;
    const error = describe(prepared, failure);
    if (interrupted) return end("timeout", timeoutError(limits.timeout_ms));
    if (error.name === "InternalError" && error.message === "out of memory") return end("memory_limit", memoryError(limits.memory_bytes));
    return end("error", error);
  } catch (error) {
    // The engine itself failed: its native stack overflowed (RangeError) or it ran into its memory's maximum.
    const deep = error instanceof RangeError;
    const message = deep ? "stack overflow" : "the engine stopped";
    return { ...end("error", { name: "InternalError", message, stack: `InternalError: ${message}` }), reusable: false };
  }
}

/** Runs the program, its promises and its timers. Returns what was thrown, or undefined. */
function runToEnd({ runtime, context, guest, output }: Prepared, code: string, interrupted: () => boolean): QuickJSHandle | undefined {
  let evaluated = context.evalCode(code, "main.js", { type: "global" });
  // `await` at the top level is a syntax error in a script; modules have it, but no result of a last expression.
  const asModule = evaluated.error !== undefined && /\bawait\b/.test(code) && context.getString(context.getProp(evaluated.error, "name")) === "SyntaxError";
  if (asModule) evaluated = context.evalCode(code, "main.js", { type: "module" });
  if (evaluated.error) return evaluated.error;
  while (!interrupted()) {
    const jobs = runtime.executePendingJobs(1_000);
    if (jobs.error) return jobs.error;
    if (jobs.value > 0) continue;
    const timer = context.callFunction(guest.nextTimer, context.undefined);
    if (timer.error) return timer.error;
    if (context.dump(timer.value) === false) break;
  }
  let value = evaluated.value;
  if (isPromise(context, value)) {
    const state = context.getPromiseState(value);
    if (state.type === "rejected") return state.error;
    if (state.type === "fulfilled") value = state.value;
  }
  if (asModule || context.typeof(value) === "undefined") return undefined;
  const shown = context.callFunction(guest.inspect, context.undefined, value);
  if (shown.error) return shown.error;
  output.add("result", context.getString(shown.value));
  return undefined;
}

function isPromise(context: QuickJSContext, value: QuickJSHandle): boolean {
  if (context.typeof(value) !== "object") return false;
  const state = context.getPromiseState(value);
  return !(state.type === "fulfilled" && state.notAPromise === true);
}

function describe({ context, guest }: Prepared, failure: QuickJSHandle): ExecutionError {
  const described = context.callFunction(guest.describe, context.undefined, failure);
  if (described.error === undefined) {
    const { name, message, stack } = JSON.parse(context.getString(described.value)) as ExecutionError;
    return { name: cut(name), message: cut(message), stack: cut(stack) };
  }
  // Describing fails for want of memory (then even null may be thrown), or because the program broke built-in functions.
  const reason = context.typeof(described.error) === "object" ? context.getString(context.getProp(described.error, "message")) : "";
  if (reason === "out of memory" || context.dump(described.error) === null) return { name: "InternalError", message: "out of memory", stack: "" };
  const message = `the error cannot be shown: ${cut(reason)}`;
  return { name: "Uncaught", message, stack: `Uncaught ${message}` };
}

function cut(text: string): string {
  return text.length > errorCharsMax ? `${text.slice(0, errorCharsMax)}...` : text;
}

function openGuest(context: QuickJSContext, add: (stream: OutputEntry["stream"], text: string) => void): Guest {
  const write = context.newFunction("write", (stream, text) => {
    add(context.getString(stream) === "stderr" ? "stderr" : "stdout", context.getString(text));
  });
  const setUp = context.unwrapResult(context.evalCode(guestSource, "sandbox.js"));
  const guest = context.unwrapResult(context.callFunction(setUp, context.undefined, write));
  return { inspect: context.getProp(guest, "inspect"), describe: context.getProp(guest, "describe"), nextTimer: context.getProp(guest, "nextTimer") };
}

function collectOutput(): { entries: OutputEntry[]; add(stream: OutputEntry["stream"], text: string): void } {
  const entries: OutputEntry[] = [];
  let chars = 0;
  let full = false;
  return {
    entries,
    add(stream, text) {
      if (full) return;
      const room = outputCharsMax - chars;
      full = text.length > room || entries.length === outputEntriesMax;
      if (room > 0 && entries.length < outputEntriesMax) entries.push({ stream, text: text.slice(0, room) });
      chars += text.length;
      if (full) entries.push({ stream: "stderr", text: `... output cut: more than ${outputCharsMax / 1_024} kB or ${outputEntriesMax} lines` });
    },
  };
}
