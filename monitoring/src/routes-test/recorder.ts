import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import PostalMime from "postal-mime";
import { stringify } from "yaml";
import { receiverMark } from "./isolate.ts";

/** A message as it left Alertmanager. `to`: channel, recipient, PagerDuty's event action, or the receiver's name. `text`: all that a person would read. */
export type Sent = { kind: string; receiver: string; to: string; text: string };

/** What stands in for Slack, PagerDuty, mail servers and webhooks: takes everything and keeps it by case, in the order it came. */
export type Recorder = { httpUrl: string; smtpAddress: string; sent: (index: number) => Sent[]; close: () => Promise<void> };

/** Listens on two free loopback ports: POST `/<case>/<kind>/<receiver>`, and SMTP where the client greets as `case-<case>-<receiver in hex>`. */
export async function startRecorder(): Promise<Recorder> {
  const messages = new Map<number, Sent[]>();
  const sockets = new Set<Socket>();
  const keep = (index: number, message: Sent): void => void messages.set(index, [...(messages.get(index) ?? []), message]);
  const http = createHttpServer(async (request, response) => {
    const [, index, kind = "", receiver = ""] = (request.url ?? "").split("/");
    const body = JSON.parse(receiverMark.remove(await text(request))) as Record<string, unknown>;
    keep(Number(index), rendered(kind, decodeURIComponent(receiver), body));
    // PagerDuty answers 202, Slack the text "ok".
    response.writeHead(kind === "pagerduty" ? 202 : 200).end("ok");
  });
  const smtp = createTcpServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    receiveMail(socket, async (greeting, mail) => {
      const [, index, receiver = ""] = greeting.split("-");
      const { subject = "", to = [], text: plain = "", html = "" } = await PostalMime.parse(mail);
      const body = plain || html.replaceAll(/<style[\s\S]*?<\/style>|<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
      const recipients = to.map(({ address }) => address).join(", ");
      keep(Number(index), { kind: "email", receiver: Buffer.from(receiver, "hex").toString(), to: recipients, text: tidy(`${subject}\n${receiverMark.remove(body)}`) });
    });
  });
  const httpPort = await listen(http);
  const smtpPort = await listen(smtp);
  return {
    sent: (index) => messages.get(index) ?? [],
    httpUrl: `http://127.0.0.1:${httpPort}`,
    smtpAddress: `127.0.0.1:${smtpPort}`,
    async close() {
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, smtp].map((server) => new Promise((done) => server.close(done))));
    },
  };
}

/** Name under which a mail client greets, so that its mail is known by case and receiver. */
export const greetingOf = (index: number, receiver: string): string => `case-${index}-${Buffer.from(receiver).toString("hex")}`;

type Json = Record<string, unknown>;

function rendered(kind: string, receiver: string, body: Json): Sent {
  if (kind === "slack") return { kind, receiver, to: String(body["channel"] ?? ""), text: slackText(body) };
  if (kind === "pagerduty") return { kind, receiver, to: String(body["event_action"]), text: pagerdutyText(body) };
  const alerts = (body["alerts"] ?? []) as { status: string; labels: Json }[];
  return { kind, receiver, to: receiver, text: alerts.map(({ status, labels }) => `${status} ${Object.entries(labels).map(([name, value]) => `${name}=${String(value)}`).join(" ")}`).join("\n") };
}

function slackText(body: Json): string {
  const attachments = (body["attachments"] ?? []) as (Json & { fields?: Json[]; actions?: Json[] })[];
  return tidy([
    body["text"],
    ...attachments.flatMap(({ pretext, title, text: words, fields = [], footer, actions = [] }) => [
      pretext, title, words,
      ...fields.map(({ title: name, value }) => `${String(name)}: ${String(value)}`),
      ...actions.map(({ text: name, url }) => `[${String(name)}] ${String(url)}`),
      footer,
    ]),
  ].filter(Boolean).join("\n"));
}

function pagerdutyText({ payload, links, client_url }: Json): string {
  const { summary, custom_details = {}, ...rest } = (payload ?? {}) as Json;
  const details = Object.fromEntries(Object.entries(custom_details as Json).map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]));
  const addresses = ((links ?? []) as Json[]).map(({ href, text: name }) => `[${String(name)}] ${String(href)}`);
  return tidy([summary, stringify({ ...rest, custom_details: details }, { lineWidth: 0 }), ...addresses, client_url].filter(Boolean).join("\n"));
}

/** No spaces at the ends of lines, no empty lines in a row: what YAML can hold and an eye can compare. */
function tidy(words: string): string {
  return words.replaceAll("\r", "").replaceAll(/[ \t]+$/gm, "").replaceAll(/\n{2,}/g, "\n").trim();
}

/** The few SMTP commands a sending client needs (RFC 5321, 4.5.1). */
function receiveMail(socket: Socket, deliver: (greeting: string, mail: string) => Promise<void>): void {
  let buffer = "";
  let inData = false;
  let greeting = "";
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.write("220 recorder\r\n");
  socket.on("data", (chunk: string) => {
    buffer += chunk;
    for (;;) {
      const end = inData ? "\r\n.\r\n" : "\r\n";
      const at = buffer.indexOf(end);
      if (at < 0) return;
      const piece = buffer.slice(0, at);
      buffer = buffer.slice(at + end.length);
      if (inData) {
        inData = false;
        void (async () => {
          await deliver(greeting, piece.replaceAll(/^\.\./gm, "."));
          socket.write("250 kept\r\n");
        })();
      } else if (/^data/i.test(piece)) {
        inData = true;
        socket.write("354 go on\r\n");
      } else if (/^quit/i.test(piece)) socket.end("221 bye\r\n");
      else {
        greeting = /^(?:ehlo|helo) (\S+)/i.exec(piece)?.[1] ?? greeting;
        socket.write("250 ok\r\n");
      }
    }
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", () => done()));
  return (server.address() as AddressInfo).port;
}
