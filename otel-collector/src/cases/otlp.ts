import type { Signal } from "./case.ts";

/** AnyValue of OTLP/JSON; see opentelemetry-proto, common.proto. */
export interface Any {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  bytesValue?: string;
  arrayValue?: { values?: Any[] };
  kvlistValue?: { values?: KeyValue[] };
}

export interface KeyValue {
  key: string;
  value?: Any;
}

/** A list of attributes as an object. */
export const flat = (attributes: readonly KeyValue[] = []): Record<string, unknown> => Object.fromEntries(attributes.map(({ key, value }) => [key, jsonOf(value ?? {})]));

/** The value as plain JSON; a 64-bit integer stays the text that OTLP/JSON writes, but in lists and maps, which are compared as a whole. */
export function jsonOf(value: Any): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(innerOf);
  if (value.kvlistValue) return Object.fromEntries((value.kvlistValue.values ?? []).map(({ key, value: inner }) => [key, innerOf(inner ?? {})]));
  return value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? value.bytesValue ?? "";
}

const innerOf = (value: Any): unknown => (Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : jsonOf(value));

const SIGNAL_OF: Record<string, Signal> = { resourceSpans: "traces", resourceMetrics: "metrics", resourceLogs: "logs" };

/** The signal of a parsed request, or undefined when it is none. */
export const signalOf = (body: unknown): Signal | undefined => (typeof body === "object" && body !== null ? SIGNAL_OF[Object.keys(body)[0] ?? ""] : undefined);
