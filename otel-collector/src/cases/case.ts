/** A test case as ../../cases.schema.json describes it. */
export interface Case {
  name: string;
  given: Given;
  expect: Record<string, "nothing" | Expectation>;
}

export type Signal = "traces" | "metrics" | "logs";
export type Attributes = Record<string, unknown>;

export interface Given {
  receiver?: string;
  resource?: Attributes;
  scope?: { name?: string; version?: string; attributes?: Attributes };
  spans?: GivenSpan[];
  logs?: GivenLog[];
  metrics?: GivenMetric[];
  file?: string;
  times?: number;
}

export interface GivenSpan {
  name: string;
  kind?: SpanKind;
  root?: boolean;
  trace?: string;
  status?: Status;
  message?: string;
  duration?: string;
  attributes?: Attributes;
  events?: { name: string; attributes?: Attributes }[];
}

export interface GivenLog {
  body?: unknown;
  event?: string;
  severity?: string;
  trace?: string;
  attributes?: Attributes;
}

export interface GivenMetric {
  name: string;
  unit?: string;
  gauge?: number;
  sum?: number;
  histogram?: number[];
  bounds?: number[];
  temporality?: Temporality;
  monotonic?: boolean;
  age?: string;
  attributes?: Attributes;
}

export interface Expectation {
  count?: number;
  names?: string[];
  attributes?: Attributes;
  absent?: string[];
  absent_values?: string[];
  present_values?: string[];
  items?: ExpectedItem[];
  series?: string[];
  series_count?: number;
}

/** What an expected item may say; see Item in ./items.ts for what it is compared with. */
export interface ExpectedItem {
  name?: string;
  kind?: SpanKind;
  status?: Status;
  message?: string;
  body?: string;
  severity?: string;
  scope?: string;
  type?: string;
  temporality?: Temporality;
  value?: number;
  count?: number;
  attributes?: Attributes;
  resource?: Attributes;
  absent?: string[];
  events?: string[];
}

// OTLP writes each of these as the index here (span kinds begin at 1).
export const KINDS = ["internal", "server", "client", "producer", "consumer"] as const;
export const STATUSES = ["unset", "ok", "error"] as const;
export const TEMPORALITIES = ["unset", "delta", "cumulative"] as const;
export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type SpanKind = (typeof KINDS)[number];
export type Status = (typeof STATUSES)[number];
export type Temporality = (typeof TEMPORALITIES)[number];
