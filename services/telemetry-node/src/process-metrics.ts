/** Metrics of the process itself, by the names of https://opentelemetry.io/docs/specs/semconv/system/process-metrics/. Main thread only: they count all threads. */
import { readdirSync, statfs } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import type { Meter, ObservableResult } from "@opentelemetry/api";

const DISK_INTERVAL_MS = 15_000;

/** `declaredLimit`: HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES. */
export function registerProcessMetrics(meter: Meter, declaredLimit: number | undefined): void {
  meter
    .createObservableUpDownCounter("process.memory.usage", { unit: "By", description: "The amount of physical memory in use." })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  const limit = memoryLimit(declaredLimit);
  meter
    .createObservableUpDownCounter("process.memory.limit", { unit: "By", description: "The memory this process may use: the least of what is declared, the limit of its cgroup and the machine." })
    .addCallback((result) => result.observe(limit));
  meter.createObservableCounter("process.cpu.time", { unit: "s", description: "Total CPU seconds broken down by different CPU modes." }).addCallback((result) => {
    const { user, system } = process.cpuUsage();
    observeModes(result, user / 1e6, system / 1e6);
  });
  const utilization = createCpuUtilization();
  meter
    .createObservableGauge("process.cpu.utilization", { unit: "1", description: "CPU time since the last measurement, divided by the elapsed time and the number of CPUs available." })
    .addCallback((result) => {
      const { user, system } = utilization();
      observeModes(result, user, system);
    });
  if (openFiles() !== undefined) {
    meter
      .createObservableUpDownCounter("process.open_file_descriptor.count", { unit: "{count}", description: "Number of file descriptors in use by the process." })
      .addCallback((result) => {
        const count = openFiles();
        if (count !== undefined) result.observe(count);
      });
  }
  const diskUse = createDiskUse();
  meter
    .createObservableGauge("system.filesystem.utilization", { unit: "1", description: "Share of the file system of the working directory that is in use." })
    .addCallback((result) => {
      const used = diskUse();
      if (used !== undefined) result.observe(used, { "system.filesystem.state": "used" });
    });
}

/**
 * As `df` counts: of what ordinary users may fill. Asked by a clock of its own and not when metrics are read: they are also read when the
 * process ends, and a question then would keep it alive. Never synchronously: a file system that hangs must hold up nothing.
 */
function createDiskUse(): () => number | undefined {
  let used: number | undefined;
  const ask = (): void => {
    statfs(".", (error, found) => {
      used = error || found.blocks === 0 ? undefined : (found.blocks - found.bfree) / (found.blocks - found.bfree + found.bavail);
    });
  };
  ask();
  setInterval(ask, DISK_INTERVAL_MS).unref();
  return () => used;
}

function observeModes(result: ObservableResult, user: number, system: number): void {
  result.observe(user, { "cpu.mode": "user" });
  result.observe(system, { "cpu.mode": "system" });
}

/** Node reads cgroup v2 and v1 (memory.max, memory.limit_in_bytes); "no limit" there is 0 or a number beyond any machine. */
export function memoryLimit(declared = Infinity, constrained = process.constrainedMemory(), machine = totalmem()): number {
  return Math.min(declared, constrained || Infinity, machine);
}

/** Shares of all available CPUs since the last measurement. Readers that ask in quick succession get the same answer. */
function createCpuUtilization(): () => { user: number; system: number } {
  const cpus = availableParallelism();
  let at = performance.now();
  let usage = process.cpuUsage();
  let share = { user: 0, system: 0 };
  return () => {
    const elapsedMs = performance.now() - at;
    if (elapsedMs < 500) return share;
    const { user, system } = process.cpuUsage(usage);
    const availableMicroseconds = elapsedMs * 1e3 * cpus;
    share = { user: user / availableMicroseconds, system: system / availableMicroseconds };
    at += elapsedMs;
    usage = process.cpuUsage();
    return share;
  };
}

/** Undefined where the system has no /proc. */
function openFiles(): number | undefined {
  try {
    // Reading the folder opens it: that one is not the application's.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}
