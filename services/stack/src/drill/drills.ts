/** How to cause the condition of an alert: the backend's fault (services/backend, "Faults on purpose"), how strongly, and which requests show it. */
export interface Drill {
  fault: string;
  amount: number | "near the limit";
  load: "requests" | "programs" | "none";
  /** What users would see. */
  means: string;
}

/** By name of the alert, then by name of the fault; the first is taken when none is named. */
export const drills: Record<string, Drill[]> = {
  ServiceDown: [{ fault: "down", amount: 100, load: "none", means: "the API closes every connection unanswered" }],
  HighErrorRate: [
    { fault: "errors", amount: 50, load: "requests", means: "half of the requests to the API fail" },
    { fault: "database", amount: 100, load: "requests", means: "the API gets no connection to its database" },
  ],
  MediumErrorRate: [{ fault: "errors", amount: 3, load: "requests", means: "3% of the requests to the API fail" }],
  HighLatency: [{ fault: "latency", amount: 700, load: "requests", means: "requests to the API take 0.7 s longer" }],
  VeryHighLatency: [{ fault: "latency", amount: 3_000, load: "requests", means: "requests to the API take 3 s longer" }],
  SlowSandboxExecution: [{ fault: "sandbox_latency", amount: 11_000, load: "programs", means: "programs take 11 s longer" }],
  SandboxPoolDepleted: [{ fault: "sandbox_pool", amount: 2, load: "none", means: "two sandboxes of the pool are gone" }],
  HighMemoryUsage: [{ fault: "memory", amount: "near the limit", load: "none", means: "the API's memory fills up to 90% of its limit" }],
  HighCPUUsage: [{ fault: "cpu", amount: 95, load: "none", means: "the API's event loop is busy all the time" }],
};
