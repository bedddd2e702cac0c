/** Notifications as Alertmanager 0.31 sends them (captured from one, addresses shortened). */

export const slackFiring = {
  channel: "#incidents",
  username: "Alertmanager",
  attachments: [
    {
      title: "[CRITICAL] HighErrorRate · helloagents-api",
      title_link: "http://localhost:3000/runbooks/HighErrorRate",
      text: "6.2% of requests to helloagents-api answered with 5xx in the last 5 minutes.\n*Value* 6.2% (threshold: 5%)\n*Since* Mon 23 Nov 02:07 UTC\n\n<http://localhost:3000/runbooks/HighErrorRate|Runbook> · <http://localhost:3000/d/api-performance?from=1795396066000&to=now|Dashboard>",
      fallback: "[CRITICAL] HighErrorRate · helloagents-api: 6.2% of requests fail",
      callback_id: "",
      footer: "HelloAgents monitoring",
      color: "danger",
      mrkdwn_in: ["fallback", "pretext", "text"],
      fields: [
        { title: "Severity", value: "critical :fire:", short: true },
        { title: "Service", value: "`helloagents-api`", short: true },
      ],
      actions: [
        { type: "button", text: "Runbook :book:", url: "http://localhost:3000/runbooks/HighErrorRate" },
        { type: "button", text: "Silence :no_bell:", url: "http://localhost:9093/#/silences/new" },
      ],
    },
  ],
};

export const slackResolved = {
  channel: "#alerts",
  username: "Alertmanager",
  attachments: [
    {
      title: "[RESOLVED] HighMemoryUsage · helloagents-frontend",
      title_link: "http://localhost:3000/runbooks/HighMemoryUsage",
      text: "Over: memory at 88%\n*Last value* 88% (threshold: 85%)\n*Lasted* 4m 4s, since Mon 23 Nov 02:07 UTC\n\n<http://localhost:3000/runbooks/HighMemoryUsage|Runbook>",
      fallback: "[RESOLVED] HighMemoryUsage · helloagents-frontend: over after 4m 4s",
      callback_id: "",
      footer: "HelloAgents monitoring",
      color: "good",
      mrkdwn_in: ["fallback", "pretext", "text"],
    },
  ],
};

export const DEDUP_KEY = "c5ae23454ab2cc56ea997211729ef959ed579a8911276a44d0f9adedeafc55fa";

export const pagerdutyTrigger = {
  routing_key: "0123456789abcdef0123456789abcdef",
  dedup_key: DEDUP_KEY,
  event_action: "trigger",
  payload: {
    summary: "[CRITICAL] HighErrorRate · helloagents-api: 6.2% of requests fail",
    source: "helloagents-api",
    severity: "critical",
    class: "errors",
    component: "helloagents-api",
    group: "HighErrorRate",
    custom_details: {
      firing: ["6.2% of requests to helloagents-api answered with 5xx in the last 5 minutes."],
      num_firing: 1,
      num_resolved: 0,
      resolved: [],
      runbook: "http://localhost:3000/runbooks/HighErrorRate",
      since: "Mon 23 Nov 02:07 UTC",
      threshold: "5%",
      value: "6.2%",
    },
  },
  client: "HelloAgents monitoring",
  client_url: "http://localhost:9093/#/alerts",
  links: [{ href: "http://localhost:3000/runbooks/HighErrorRate", text: "Runbook" }],
};

export const pagerdutyResolve = { routing_key: "0123456789abcdef0123456789abcdef", dedup_key: DEDUP_KEY, event_action: "resolve" };

export const mail = {
  from: "alertmanager@example.com",
  to: "oncall@example.com",
  subject: "[WARNING] SandboxPoolDepleted · helloagents-api: 1 sandbox is free",
  text: "FIRING\n* Only 1 of 4 sandboxes of helloagents-api is free: new executions will wait.\n  Value 1 (threshold: 2)\n\nRunbook    http://localhost:3000/runbooks/SandboxPoolDepleted",
  html: '<div style="font: 15px system-ui, sans-serif; border-left: 6px solid #d98e04; padding-left: 16px"><h2 style="font-size: 18px">[WARNING] SandboxPoolDepleted · helloagents-api</h2><p>Only 1 of 4 sandboxes of helloagents-api is free: new executions will wait.</p><p><a href="http://localhost:3000/runbooks/SandboxPoolDepleted">Runbook</a></p></div>',
};
