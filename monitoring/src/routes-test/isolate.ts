import { dirname, isAbsolute, resolve } from "node:path";
import { readDuration } from "../duration.ts";

/** The label that keeps the alerts of one case from those of another. Matchers, groups and messages of the configuration do not name it. */
export const caseLabel = "routes_test_case";

/** A receiver is there once per case; what tells them apart is taken out of what they send. */
export const receiverMark = {
  add: (name: string, index: number): string => `${name}~routes-test-${index}~`,
  remove: (text: string): string => text.replaceAll(/~routes-test-\d+~/g, ""),
};

/** How a case is told: how much faster than stated, and under which name its time zones are. */
export type Telling = { speed: number; zoneOf: (location: string) => string };

/** Where messages go instead. */
export type Outlets = { http: (index: number, kind: string, receiver: string) => string; smtpAddress: string; greeting: (index: number, receiver: string) => string };

/** No alert waits shorter than this for others of its group: what comes together has to be known together. */
const leastWait_ms = 250;

type Json = Record<string, unknown>;

/**
 * One configuration in which every case has a copy of its own of routes, receivers and time intervals, so that all run in one Alertmanager.
 * Changed are only: addresses and keys of receivers (kinds other than Slack, PagerDuty, e-mail and webhook become webhooks), waiting times
 * (divided by the case's speed, group_wait not below 250 ms), locations of time intervals (zones whose clocks are set as the case says), and
 * inhibition rules (equal in the case as well). Unset waiting times are Alertmanager's defaults, which are divided, too.
 */
export function isolate(config: Json, file: string, tellings: Telling[], outlets: Outlets): Json {
  const { global = {}, route = {}, receivers = [], inhibit_rules = [], templates = [], time_intervals = [], mute_time_intervals = [] } = config as Record<string, Json & Json[]>;
  const folder = dirname(resolve(file));
  return {
    global: { smtp_from: "alertmanager@example.com", ...only(global, ["smtp_from"]), smtp_smarthost: outlets.smtpAddress, smtp_require_tls: false, resolve_timeout: "1h" },
    templates: (templates as unknown as string[]).map((path) => (isAbsolute(path) ? path : resolve(folder, path))),
    route: {
      receiver: "of no case",
      routes: tellings.map((telling, index) => ({ ...copyRoute({ group_wait: "30s", group_interval: "5m", repeat_interval: "4h", ...route }, index, telling.speed), matchers: [`${caseLabel}="${index}"`] })),
    },
    inhibit_rules: inhibit_rules.map((rule) => ({ ...rule, equal: [...((rule["equal"] ?? []) as string[]), caseLabel] })),
    receivers: [{ name: "of no case" }, ...tellings.flatMap((_, index) => receivers.map((receiver) => copyReceiver(receiver, index, outlets)))],
    time_intervals: tellings.flatMap(({ zoneOf }, index) => [...time_intervals, ...mute_time_intervals].map((interval) => ({
      name: receiverMark.add(String(interval["name"]), index),
      time_intervals: ((interval["time_intervals"] ?? []) as Json[]).map((one) => ({ ...one, location: zoneOf(String(one["location"] ?? "UTC")) })),
    }))),
  };
}

/** Every place whose clock a time interval goes by. */
export function locationsOf(config: Json): string[] {
  const { time_intervals = [], mute_time_intervals = [] } = config as Record<string, { time_intervals?: Json[] }[]>;
  return [...new Set([...time_intervals, ...mute_time_intervals].flatMap((interval) => (interval.time_intervals ?? []).map((one) => String(one["location"] ?? "UTC"))))];
}

function copyRoute(route: Json, index: number, speed: number): Json {
  const marked = (names: unknown): string[] => (names as string[]).map((name) => receiverMark.add(name, index));
  const wait = (key: string, least_ms: number): Json => (route[key] === undefined ? {} : { [key]: `${Math.max(least_ms, Math.round(readDuration(String(route[key])) / speed))}ms` });
  return {
    ...route,
    ...(route["receiver"] === undefined ? {} : { receiver: receiverMark.add(String(route["receiver"]), index) }),
    ...wait("group_wait", leastWait_ms),
    ...wait("group_interval", 1),
    ...wait("repeat_interval", 1),
    ...(route["active_time_intervals"] === undefined ? {} : { active_time_intervals: marked(route["active_time_intervals"]) }),
    ...(route["mute_time_intervals"] === undefined ? {} : { mute_time_intervals: marked(route["mute_time_intervals"]) }),
    ...(route["routes"] === undefined ? {} : { routes: (route["routes"] as Json[]).map((child) => copyRoute(child, index, speed)) }),
  };
}

/** Kinds that tell of no end of an alert unless asked to. */
const silentAboutEnds = ["wechat_configs", "rocketchat_configs"];

function copyReceiver(receiver: Json, index: number, outlets: Outlets): Json {
  const { name, ...lists } = receiver;
  const copy: Record<string, unknown> = { name: receiverMark.add(String(name), index) };
  const webhooks: Json[] = [];
  for (const [list, configs] of Object.entries(lists)) {
    const kind = list.replace(/_configs$/, "");
    const url = outlets.http(index, kind, String(name));
    for (const config of (configs ?? []) as Json[]) {
      const { http_config: _http, ...rest } = config;
      if (kind === "slack") push(copy, list, { ...without(rest, ["api_url_file", "app_token", "app_token_file", "app_url"]), api_url: url });
      // A service_key means Events API v1, whose address Alertmanager has built in: its messages would leave the machine.
      else if (kind === "pagerduty") push(copy, list, { ...without(rest, ["service_key", "service_key_file", "routing_key_file"]), routing_key: "recorded", url });
      else if (kind === "email") {
        push(copy, list, { ...without(rest, ["auth_username", "auth_password", "auth_password_file", "auth_secret", "auth_secret_file", "auth_identity", "tls_config", "force_implicit_tls"]), smarthost: outlets.smtpAddress, hello: outlets.greeting(index, String(name)), require_tls: false });
      } else if (kind === "webhook") webhooks.push({ ...without(rest, ["url_file"]), url });
      else webhooks.push({ url, send_resolved: rest["send_resolved"] ?? !silentAboutEnds.includes(list) });
    }
  }
  return { ...copy, ...(webhooks.length > 0 ? { webhook_configs: webhooks } : {}) };
}

function push(target: Record<string, unknown>, list: string, item: Json): void {
  target[list] = [...((target[list] ?? []) as Json[]), item];
}

function without(object: Json, keys: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function only(object: Json, keys: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
