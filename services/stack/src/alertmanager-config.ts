import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import type { Ports } from "./ports.ts";

/** Where alerts go. What is not set goes to the console, which stands in for Slack, PagerDuty and the mail server. */
export interface Destinations {
  slackUrlFile?: string | undefined;
  pagerdutyKeyFile?: string | undefined;
  smtp?: { smarthost: string; from?: string | undefined; username?: string | undefined; passwordFile?: string | undefined } | undefined;
  emailTo?: string | undefined;
}

/** Reads SLACK_WEBHOOK_URL_FILE, PAGERDUTY_ROUTING_KEY_FILE, SMTP_* and ALERT_EMAIL_TO. */
export function readDestinations(env: NodeJS.ProcessEnv): Destinations {
  const file = (name: string): string | undefined => (env[name] ? resolve(env[name]) : undefined);
  const smarthost = env["SMTP_SMARTHOST"];
  return {
    slackUrlFile: file("SLACK_WEBHOOK_URL_FILE"),
    pagerdutyKeyFile: file("PAGERDUTY_ROUTING_KEY_FILE"),
    smtp: smarthost ? { smarthost, from: env["SMTP_FROM"], username: env["SMTP_USERNAME"], passwordFile: file("SMTP_PASSWORD_FILE") } : undefined,
    emailTo: env["ALERT_EMAIL_TO"],
  };
}

/**
 * Makes the folder that Alertmanager is started in: alertmanager.yml with the destinations in force, the templates, and the stand-ins' "secrets".
 * Returns the path of alertmanager.yml.
 */
export function writeAlertmanagerFolder(folder: string, monitoring: string, ports: Ports, destinations: Destinations): string {
  const source = join(monitoring, "alertmanager");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "secrets"), { recursive: true, mode: 0o700 });
  if (existsSync(join(source, "templates"))) symlinkSync(join(source, "templates"), join(folder, "templates"));
  const secrets = { slack: join(folder, "secrets", "slack_webhook_url"), pagerduty: join(folder, "secrets", "pagerduty_routing_key") };
  writeSecret(secrets.slack, `http://127.0.0.1:${ports.console}/slack/services/local`);
  writeSecret(secrets.pagerduty, "local");
  const config = join(folder, "alertmanager.yml");
  const text = readFileSync(join(source, "alertmanager.yml"), "utf8");
  writeFileSync(config, renderAlertmanager(text, ports, destinations, secrets), { mode: 0o600 });
  return config;
}

/** The committed alertmanager.yml with the destinations in force; comments, routes and everything else stay. */
export function renderAlertmanager(text: string, ports: Ports, destinations: Destinations, secrets: { slack: string; pagerduty: string }): string {
  const document = parseDocument(text, { merge: true });
  const { slackUrlFile, pagerdutyKeyFile, smtp, emailTo } = destinations;
  document.setIn(["global", "slack_api_url_file"], slackUrlFile ?? secrets.slack);
  if (pagerdutyKeyFile === undefined) document.setIn(["global", "pagerduty_url"], `http://127.0.0.1:${ports.console}/pagerduty/v2/enqueue`);
  setMail(document, ports, smtp);
  eachReceiver(document, "pagerduty_configs", (path) => document.setIn([...path, "routing_key_file"], pagerdutyKeyFile ?? secrets.pagerduty));
  if (emailTo !== undefined && emailTo !== "") eachReceiver(document, "email_configs", (path) => document.setIn([...path, "to"], emailTo));
  return document.toString({ lineWidth: 0 });
}

function setMail(document: Document, ports: Ports, smtp: Destinations["smtp"]): void {
  const set = (name: string, value: unknown): void => {
    if (value === undefined || value === "") document.deleteIn(["global", name]);
    else document.setIn(["global", name], value);
  };
  set("smtp_smarthost", smtp?.smarthost ?? `127.0.0.1:${ports["console-smtp"]}`);
  set("smtp_auth_username", smtp?.username);
  set("smtp_auth_password_file", smtp?.passwordFile);
  if (smtp === undefined) set("smtp_require_tls", false);
  else if (smtp.from) set("smtp_from", smtp.from);
}

function eachReceiver(document: Document, kind: string, visit: (path: (string | number)[]) => void): void {
  const receivers = document.get("receivers");
  if (!isSeq(receivers)) return;
  receivers.items.forEach((receiver, index) => {
    const configs = isMap(receiver) ? receiver.get(kind) : undefined;
    if (isSeq(configs)) configs.items.forEach((_, position) => visit(["receivers", index, kind, position]));
  });
}

/** Only this user may read it, whatever the umask. */
function writeSecret(file: string, value: string): void {
  writeFileSync(file, value, { mode: 0o600 });
  chmodSync(file, 0o600);
}
