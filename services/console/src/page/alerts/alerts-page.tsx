import { useState } from "react";
import type { AlertRule, AlertRulesState } from "../../state/alert-rules.ts";
import type { Alert, AlertsState } from "../../state/alerts.ts";
import { duration, plural } from "../format.ts";
import { Link, navigate, useLocation, withQuery } from "../router.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";
import { here, leads } from "./alert-links.ts";
import { SilenceForm } from "./silence-form.tsx";
import { Silences } from "./silences.tsx";

const REFRESH_MS = 5_000;

/** What fires, what is about to, what is silenced, and every rule that watches. */
export function AlertsPage() {
  const location = useLocation();
  const words = location.query.get("q") ?? "";
  const { data: alerts, error: alertsError } = useJson<AlertsState>("/api/alerts", REFRESH_MS);
  const { data: rules, error: rulesError } = useJson<AlertRulesState>("/api/alert-rules", REFRESH_MS);
  const [silencing, setSilencing] = useState<Record<string, string>>();
  const matches = (text: string) => text.toLowerCase().includes(words.toLowerCase());
  const firing = alerts?.alerts.filter((alert) => matches(`${alert.name} ${Object.values(alert.labels).join(" ")}`)) ?? [];
  const shown = rules?.rules.filter((rule) => matches(rule.name)) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Alerts</h1>
        {alerts && !alerts.problem && <span className="count">{plural(alerts.alerts.filter(({ state, severity }) => state === "active" && severity !== "none").length, "alert")} firing</span>}
        <input type="search" className="input" placeholder="Name or label" aria-label="Find alerts" value={words} onChange={(event) => navigate(withQuery(location, { q: event.target.value }), { replace: true })} />
      </div>
      {(alertsError ?? alerts?.problem) && <Problem>{alertsError ?? alerts?.problem} No alert can be sent while it is away.</Problem>}
      {(rulesError ?? rules?.problem) && <Problem>{rulesError ?? rules?.problem} No alert can begin while it is away.</Problem>}

      <section className="card" aria-labelledby="firing-heading">
        <div className="card-head">
          <h2 id="firing-heading">Firing</h2>
          <button type="button" className="button" onClick={() => setSilencing({ job: "" })}>New silence</button>
        </div>
        {alerts && !alerts.problem && firing.length === 0 && <Empty icon="check" title={words ? `No alert with “${words}” is firing` : "No alert is firing"} />}
        {alerts?.problem && <p className="card-note">Not known while Alertmanager is away.</p>}
        <ul className="rows">{firing.map((alert) => <FiringAlert key={alert.fingerprint} alert={alert} onSilence={() => setSilencing(matchersOf(alert))} />)}</ul>
      </section>
      {silencing && <SilenceForm key={JSON.stringify(silencing)} labels={silencing} onClose={() => setSilencing(undefined)} />}
      <Silences />

      <section className="card alert-rules" aria-labelledby="rules-heading">
        <div className="card-head"><h2 id="rules-heading">All rules</h2>{rules && !rules.problem && <span className="count">{shown.length}</span>}</div>
        {rules?.problem && <p className="card-note">Not known while Prometheus is away.</p>}
        {rules && !rules.problem && shown.length === 0 && <Empty title={words ? `No rule is named like “${words}”` : "Prometheus has no alert rules"} />}
        <ul className="rows">{shown.map((rule) => <RuleRow key={rule.name} rule={rule} open={rule.name === words} />)}</ul>
      </section>
    </div>
  );
}

/** A silence holds for the alert on this service, on all of its instances. */
function matchersOf({ labels }: Alert): Record<string, string> {
  return Object.fromEntries(["alertname", "job"].flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

function FiringAlert({ alert, onSilence }: { alert: Alert; onSilence(): void }) {
  return (
    <li className="row alert-row">
      <LevelBadge level={toLevel(alert.severity)} label={alert.severity} />
      <div className="row-main">
        <div className="row-title">{alert.name}{alert.labels["job"] && <span className="muted"> · {alert.labels["job"]}</span>}</div>
        <div className="row-text">{alert.description || alert.summary}</div>
        {alert.value && <div className="row-text">{alert.value}{alert.threshold && `, threshold ${alert.threshold}`}</div>}
        <div className="links">{leads(alert).map(({ title, to }) => (to.startsWith("/runbooks/") || /^https?:/.test(to) ? <a key={title} href={to}>{title}</a> : <Link key={title} to={to}>{title}</Link>))}</div>
      </div>
      <div className="row-side">
        <Ago iso={alert.startsAt} />
        {alert.silenced && <span>silenced</span>}
        {alert.inhibited && <span>kept quiet by a worse one</span>}
        {!alert.silenced && <button type="button" className="link-button" aria-label={`Silence ${alert.name}`} onClick={onSilence}>Silence</button>}
      </div>
    </li>
  );
}

const STATES: Record<AlertRule["state"], string> = { firing: "firing", pending: "pending", inactive: "quiet" };

function RuleRow({ rule, open }: { rule: AlertRule; open: boolean }) {
  return (
    <li className="row">
      <details className="rule" open={open}>
        <summary>
          <span className={`rule-state rule-${rule.state}`}>{STATES[rule.state]}</span>
          <span className="row-title">{rule.name}</span>
          <span className="muted">{rule.severity}</span>
        </summary>
        {rule.lastError && <Problem>Prometheus cannot evaluate it: {rule.lastError}</Problem>}
        <p className="row-text">{rule.summary}</p>
        <ul>{rule.active.map(({ labels, state, since, value }) => <li key={JSON.stringify(labels)}>{state} since <Ago iso={since} />{labels["job"] && ` for ${labels["job"]}`}{value && `: ${value}`}</li>)}</ul>
        <pre tabIndex={0} aria-label="Expression"><code>{rule.expr}</code></pre>
        <p className="row-text">{rule.forS > 0 ? `It fires when this holds for ${duration(rule.forS * 1000)}.` : "It fires at once."} <a href={`/runbooks/${encodeURIComponent(rule.name)}`}>Runbook</a>{rule.dashboardUrl && <> · <Link to={here(rule.dashboardUrl)}>Dashboard</Link></>}</p>
      </details>
    </li>
  );
}
