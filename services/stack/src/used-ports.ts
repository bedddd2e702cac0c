import type { PartName } from "./part-names.ts";
import type { PortName } from "./ports.ts";

/** The ports each part listens on. */
export const usedPorts: Record<PartName, PortName[]> = {
  postgres: ["postgres"],
  prometheus: ["prometheus"],
  alertmanager: ["alertmanager"],
  console: ["console", "console-smtp"],
  "sentry-bridge": ["sentry-bridge"],
  collector: ["otlp-grpc", "otlp-http", "collector-metrics", "collector-health"],
  assistant: ["assistant"],
  backend: ["backend", "backend-metrics"],
  frontend: ["frontend"],
};
