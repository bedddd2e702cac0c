import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { readDestinations, renderAlertmanager, writeAlertmanagerFolder } from "./alertmanager-config.ts";
import { defaultPorts } from "./ports.ts";

const committed = `# Who hears of what
global:
  slack_api_url_file: secrets/slack
  pagerduty_url: https://events.pagerduty.com/v2/enqueue
  smtp_smarthost: smtp.example.com:587
  smtp_from: alerts@example.com
  smtp_require_tls: true
  smtp_auth_username: alerts@example.com
  smtp_auth_password_file: secrets/smtp
route:
  receiver: critical # everything
receivers:
  - name: nobody
  - name: critical
    pagerduty_configs:
      - routing_key_file: secrets/pagerduty
        description: '{{ template "line" . }}'
    slack_configs:
      - &slack
        channel: '#incidents'
  - name: warning
    slack_configs:
      - <<: *slack
        channel: '#alerts'
    email_configs:
      - to: oncall@example.com
`;

const ports = { ...defaultPorts, console: 3001, "console-smtp": 3026 };
const secrets = { slack: "/run/slack", pagerduty: "/run/pagerduty" };
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test("by default everything goes to the console's stand-ins, without a password, and the rest stays as it was", () => {
  const text = renderAlertmanager(committed, ports, {}, secrets);
  expect(parse(text, { merge: true }).global).toEqual({
    slack_api_url_file: "/run/slack",
    pagerduty_url: "http://127.0.0.1:3001/pagerduty/v2/enqueue",
    smtp_smarthost: "127.0.0.1:3026",
    smtp_from: "alerts@example.com",
    smtp_require_tls: false,
  });
  expect(text).toContain("# Who hears of what");
  expect(text).toContain("receiver: critical # everything");
  expect(text).toContain(`description: '{{ template "line" . }}'`);
  expect(text).toContain("<<: *slack");
  expect(parse(text).receivers[1].pagerduty_configs[0].routing_key_file).toBe("/run/pagerduty");
});

test("each real destination replaces its stand-in alone", () => {
  const slack = parse(renderAlertmanager(committed, ports, readDestinations({ SLACK_WEBHOOK_URL_FILE: "/secrets/slack" }), secrets));
  expect(slack.global).toMatchObject({ slack_api_url_file: "/secrets/slack", pagerduty_url: "http://127.0.0.1:3001/pagerduty/v2/enqueue" });
  const pagerduty = parse(renderAlertmanager(committed, ports, readDestinations({ PAGERDUTY_ROUTING_KEY_FILE: "/secrets/key" }), secrets));
  expect(pagerduty.global).toMatchObject({ slack_api_url_file: "/run/slack", pagerduty_url: "https://events.pagerduty.com/v2/enqueue" });
  expect(pagerduty.receivers[1].pagerduty_configs[0].routing_key_file).toBe("/secrets/key");
  const mail = parse(
    renderAlertmanager(committed, ports, readDestinations({ SMTP_SMARTHOST: "mail.example.org:587", SMTP_USERNAME: "me", SMTP_PASSWORD_FILE: "/secrets/mail", SMTP_FROM: "me@example.org", ALERT_EMAIL_TO: "you@example.org" }), secrets),
    { merge: true },
  );
  expect(mail.global).toMatchObject({ smtp_smarthost: "mail.example.org:587", smtp_from: "me@example.org", smtp_auth_username: "me", smtp_auth_password_file: "/secrets/mail", smtp_require_tls: true });
  expect(mail.receivers[2].email_configs[0].to).toBe("you@example.org");
});

test("the stand-ins' secrets are files that only their owner may read", () => {
  const folder = mkdtempSync(join(tmpdir(), "helloagents-alertmanager-"));
  folders.push(folder);
  mkdirSync(join(folder, "monitoring/alertmanager"), { recursive: true });
  writeFileSync(join(folder, "monitoring/alertmanager/alertmanager.yml"), committed);
  const config = parse(readFileSync(writeAlertmanagerFolder(join(folder, "run"), join(folder, "monitoring"), ports, {}), "utf8"));
  expect(readFileSync(config.global.slack_api_url_file, "utf8")).toBe("http://127.0.0.1:3001/slack/services/local");
  for (const file of [config.global.slack_api_url_file, config.receivers[1].pagerduty_configs[0].routing_key_file]) expect(statSync(file).mode & 0o777).toBe(0o600);
});
