// A real server for Sentry's envelopes (Bugsink): what it makes of the errors of a service and of a page, all the way through the real Collector.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { type Bugsink, type BugsinkEvent, type BugsinkIssue, startBugsink } from "../support/bugsink.ts";
import { eventually } from "../support/eventually.ts";
import { killOnce } from "../support/keep-down.ts";
import { exceptionRequest } from "../support/otlp.ts";
import { ownService } from "../support/own-service.ts";
import { type OwnStack, repository, startStack } from "../support/stack.ts";
import { signIn } from "../support/visit.ts";

interface Frame {
  function?: string;
  filename?: string;
  lineno?: number;
  in_app?: boolean;
}
interface SentryEvent {
  platform: string;
  release: string;
  transaction: string;
  contexts: { trace: { trace_id: string; span_id: string } };
  exception: { values: { type: string; value: string; stacktrace: { frames: Frame[] } }[] };
}

let bugsink: Bugsink;
let stack: OwnStack;

beforeAll(async () => {
  bugsink = await startBugsink("services", "pages");
  const [services, pages] = bugsink.projects;
  stack = await startStack({
    args: ["--only", "collector,sentry-bridge,frontend,backend,postgres"],
    env: { SENTRY_DSN: services?.dsn, VITE_SENTRY_DSN: pages?.dsn, OTEL_BSP_SCHEDULE_DELAY: "200", OTEL_BLRP_SCHEDULE_DELAY: "200" },
  });
});
afterAll(async () => {
  await stack?.stop();
  await bugsink?.stop();
});

/** The one issue with this message, when it is there. */
async function issueOf(project: number, message: string): Promise<BugsinkIssue> {
  return await eventually(`the issue ${message}`, async () => (await bugsink.issues(bugsink.projects[project]!)).find(({ calculated_value }) => calculated_value === message));
}

async function onlyEvent(issue: BugsinkIssue): Promise<BugsinkEvent<SentryEvent>> {
  const events = await bugsink.events<SentryEvent>(issue);
  expect(events).toHaveLength(1);
  return events[0]!;
}

test("an error of a service is one issue with its frames, release and trace", async () => {
  const service = await ownService({ OTEL_SERVICE_NAME: "orders", OTEL_RESOURCE_ATTRIBUTES: "service.version=4.2.0", OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http") });
  const traceId = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
  try {
    const answer = await fetch(`${service.url}/sync/real`, { headers: { traceparent: `00-${traceId}-0123456789abcdef-01` } });
    expect(answer.status).toBe(500);
    const issue = await issueOf(0, "order real rejected");
    expect(issue).toMatchObject({ calculated_type: "OrderRejected", digested_event_count: 1 });
    const { data, stacktrace_md } = await onlyEvent(issue);
    expect(data).toMatchObject({ platform: "node", release: "orders@4.2.0", transaction: "GET /sync/:id", contexts: { trace: { trace_id: traceId } } });
    const frames = data.exception.values.at(-1)!.stacktrace.frames;
    expect(frames.at(-1)).toMatchObject({ function: "rejectOrder", filename: join(repository, "test/fixtures/own-service/app.mjs"), lineno: 11, in_app: true });
    expect(frames[0]).toMatchObject({ in_app: false });
    expect(stacktrace_md).toContain(`test/fixtures/own-service/app.mjs:11 in \`rejectOrder\` [in-app]`);
  } finally {
    await service.stop();
  }
});

/** Exceptions that the running bridge has delivered: Bugsink has taken each of them. */
async function delivered(): Promise<number> {
  const text = await (await fetch(stack.url("sentry-bridge", "/metrics"))).text();
  return Number(/^sentry_bridge_exceptions_sent_total (\d+)$/m.exec(text)?.[1]);
}

test("an exception that is delivered again is counted once, also by a bridge that remembers nothing", async () => {
  const request = JSON.stringify(exceptionRequest("orders", "Repeated", "delivered twice"));
  const deliver = async (): Promise<void> => {
    await eventually("an acknowledged request", async () => {
      const answer = await fetch(stack.url("sentry-bridge", "/v1/logs"), { method: "POST", headers: { "content-type": "application/json" }, body: request });
      return answer.ok;
    });
  };
  await deliver();
  const issue = await issueOf(0, "delivered twice");
  await killOnce(stack, "sentry-bridge");
  await deliver();
  expect(await delivered()).toBe(1);
  await onlyEvent(issue);
  expect(await issueOf(0, "delivered twice")).toMatchObject({ id: issue.id, digested_event_count: 1 });
});

test("an error of the minified page is shown with the line of its TypeScript", async () => {
  const assets = join(repository, "services/frontend/dist/assets");
  const env = { ...process.env, SENTRY_URL: bugsink.url, SENTRY_AUTH_TOKEN: bugsink.token, SENTRY_ORG: "bugsinkhasnoorgs", SENTRY_PROJECT: "pages", SENTRY_LOAD_DOTENV: "0" };
  await promisify(execFile)(process.execPath, [join(repository, "node_modules/.bin/sentry-cli"), "sourcemaps", "upload", assets], { env });

  const browser = await launchBrowser();
  const message = "Broken on purpose: thrown by a click";
  try {
    const page = await signIn(browser, stack);
    await page.goto(stack.url("frontend", "/help"));
    await page.getByRole("button", { name: "Throw an error" }).click();
    const event = await onlyEvent(await issueOf(1, message));
    // As it came: one long line of a hashed file.
    const script = (await readdir(assets)).find((name) => name.endsWith(".js"));
    const sent = event.data.exception.values.at(-1)!.stacktrace.frames.at(-1)!;
    expect(sent.filename).toBe(`/assets/${script}`);
    // As it is shown: the file and the line that throws.
    const source = (await readFile(join(repository, "services/frontend/src/page/help.tsx"), "utf8")).split("\n");
    const line = source.findIndex((text) => text.includes(`new Error("${message}")`)) + 1;
    expect(sent.lineno).not.toBe(line);
    expect(event.stacktrace_md).toMatch(new RegExp(`### \\S*src/page/help\\.tsx:${line}\\b`));
    expect(event.stacktrace_md).toContain(source[line - 1]!.trim());
    expect(event.data).toMatchObject({ platform: "javascript", release: expect.stringMatching(/^helloagents-web@\d/), contexts: { trace: { trace_id: expect.stringMatching(/^[\da-f]{32}$/) } } });
  } finally {
    await browser.close();
  }
});
