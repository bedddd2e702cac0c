/**
 * What runs inside QuickJS before the user's code: `console`, timers on a virtual clock, and the functions with which
 * the host reads results. It is the guest's own code: whatever the user does to its globals harms only their own output.
 *
 * Evaluates to `(write) => ({ inspect, describe, nextTimer })`, where `write(stream, text)` is the only host function.
 */
export const guestSource = String.raw`(function (write) {
  "use strict";
  const { stringify } = JSON;
  const depthMax = 4, itemsMax = 100;

  function key(name) {
    if (typeof name === "symbol") return "[" + String(name) + "]";
    return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringify(name);
  }

  function list(parts, total, open, close) {
    if (total > parts.length) parts.push("... " + (total - parts.length) + " more");
    if (parts.length === 0) return open + close;
    const line = parts.join(", ");
    if (line.length <= 72 && !line.includes("\n")) return open + " " + line + " " + close;
    return open + "\n  " + parts.join(",\n").replaceAll("\n", "\n  ") + "\n" + close;
  }

  function property(object, name, path) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor === undefined) return "undefined";
    return "value" in descriptor ? show(descriptor.value, path) : "[Getter]";
  }

  function show(value, path) {
    if (typeof value === "string") return path.length === 0 ? value : stringify(value);
    if (typeof value === "bigint") return String(value) + "n";
    if (typeof value === "function") return "[" + (/^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function") + " " + (value.name || "(anonymous)") + "]";
    if (Object.is(value, -0)) return "-0";
    if (typeof value !== "object" || value === null) return String(value);
    if (path.includes(value)) return "[Circular]";
    if (value instanceof Error) return describe(value).stack;
    if (value instanceof Date) return isNaN(value) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return "Promise {}";
    const name = Object.getPrototypeOf(value) === null ? "[null prototype]" : value.constructor?.name ?? "Object";
    if (path.length >= depthMax) return Array.isArray(value) ? "[Array]" : "[" + name + "]";
    const inner = [...path, value];
    if (Array.isArray(value)) {
      return list(Array.from({ length: Math.min(value.length, itemsMax) }, (_, i) => (i in value ? property(value, i, inner) : "<empty>")), value.length, "[", "]");
    }
    if (ArrayBuffer.isView(value) && "length" in value) {
      return name + "(" + value.length + ") " + list(Array.from({ length: Math.min(value.length, itemsMax) }, (_, i) => show(value[i], inner)), value.length, "[", "]");
    }
    if (value instanceof Map) {
      const parts = [];
      for (const [k, v] of value) { if (parts.length === itemsMax) break; parts.push(show(k, inner) + " => " + show(v, inner)); }
      return "Map(" + value.size + ") " + list(parts, value.size, "{", "}");
    }
    if (value instanceof Set) {
      const parts = [];
      for (const v of value) { if (parts.length === itemsMax) break; parts.push(show(v, inner)); }
      return "Set(" + value.size + ") " + list(parts, value.size, "{", "}");
    }
    const names = Reflect.ownKeys(value).filter((n) => Object.prototype.propertyIsEnumerable.call(value, n));
    const parts = names.slice(0, itemsMax).map((n) => key(n) + ": " + property(value, n, inner));
    return (name === "Object" ? "" : name + " ") + list(parts, names.length, "{", "}");
  }

  /** A text for any value; strings in quotes, as a result is shown. */
  function inspect(value) {
    return typeof value === "string" ? stringify(value) : show(value, []);
  }

  /** {name, message, stack} of anything thrown; stack begins with "name: message", as in other engines. */
  function describe(error) {
    if (!(error instanceof Error)) return { name: "Uncaught", message: inspect(error), stack: "Uncaught " + inspect(error) };
    const name = String(error.name), message = String(error.message);
    const frames = String(error.stack ?? "").split("\n").filter((line) => line.trim() !== "").join("\n");
    return { name, message, stack: name + (message === "" ? "" : ": " + message) + (frames === "" ? "" : "\n" + frames) };
  }

  const print = (stream) => (...values) => write(stream, values.map((value) => show(value, [])).join(" "));
  const out = print("stdout"), err = print("stderr");
  globalThis.console = { log: out, info: out, debug: out, dir: (value) => out(value), table: (value) => out(value), warn: err, error: err, trace: err };

  // Timers keep their order but not their length: nothing waits, the clock of the timers jumps.
  const timers = [];
  let now = 0, lastId = 0;
  globalThis.setTimeout = (callback, delay, ...values) => {
    if (typeof callback !== "function") throw new TypeError("setTimeout needs a function");
    if (timers.length >= 1000) throw new RangeError("more than 1000 timers at once");
    const timer = { id: ++lastId, at: now + Math.max(1, Number(delay) || 0), run: () => callback(...values) };
    const place = timers.findIndex((other) => other.at > timer.at);
    timers.splice(place === -1 ? timers.length : place, 0, timer);
    return timer.id;
  };
  globalThis.clearTimeout = (id) => {
    const place = timers.findIndex((timer) => timer.id === id);
    if (place !== -1) timers.splice(place, 1);
  };
  /** Runs the next timer; false when there is none. */
  function nextTimer() {
    const timer = timers.shift();
    if (timer === undefined) return false;
    now = timer.at;
    timer.run();
    return true;
  }

  return { inspect, describe: (error) => stringify(describe(error)), nextTimer };
})`;
