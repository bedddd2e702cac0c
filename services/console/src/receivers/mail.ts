import type { Server } from "node:net";
import type { Readable } from "node:stream";
import PostalMime, { type Address, type Email } from "postal-mime";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";
import type { Inbox, Level } from "../inbox.ts";

const MAX_MAIL_BYTES = 2 * 2 ** 20;
const MAX_CLIENTS = 20;
const IDLE_TIMEOUT_MS = 30_000;
const MAX_RECIPIENTS = 100;
const MAX_NESTING = 20;

export type MailListener = { server: Server; listen(port: number, host: string): void; close(): Promise<void> };

/**
 * A real SMTP listener that keeps what it is given and delivers nothing. Any account and password is taken, none is needed;
 * there is no TLS, so it belongs on loopback and a sender must not insist on STARTTLS (Alertmanager: `smtp_require_tls: false`).
 */
export function createMailListener(inbox: Inbox): MailListener {
  const smtp = new SMTPServer({
    banner: "HelloAgents console, keeps mail and delivers none",
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    maxClients: MAX_CLIENTS,
    socketTimeout: IDLE_TIMEOUT_MS,
    closeTimeout: 1_000,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? "anyone" }),
    onRcptTo: (_address, session, done) => {
      if (session.envelope.rcptTo.length >= MAX_RECIPIENTS) done(refusal(452, `more than ${MAX_RECIPIENTS} recipients`));
      else done();
    },
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map((recipient) => recipient.address);
      void (async () => done(await take(stream, to, inbox)))();
    },
  });
  // A client that hangs up mid-way is not our failure; without a listener it would end the process.
  smtp.on("error", () => undefined);
  return {
    server: smtp.server as Server,
    listen: (port, host) => void smtp.listen(port, host),
    close: () => new Promise((done) => smtp.close(() => done())),
  };
}

/** Keeps one mail; returns what to answer the sender instead of "kept", with its SMTP code. */
async function take(stream: SMTPServerDataStream, to: string[], inbox: Inbox): Promise<Refusal | null> {
  try {
    const source = await collect(stream);
    if (source === undefined) return refusal(552, `the mail is larger than ${MAX_MAIL_BYTES} bytes`);
    const mail = await PostalMime.parse(source, { maxNestingDepth: MAX_NESTING });
    const subject = mail.subject?.trim() || "(no subject)";
    inbox.add({ kind: "email", title: subject, text: (mail.text ?? "").trim().slice(0, 2_000), level: levelOf(subject), to: to.join(", ") }, rawMail(mail, to));
    return null;
  } catch (error) {
    return refusal(554, `the mail cannot be read: ${(error as Error).message}`);
  }
}

type Refusal = Error & { responseCode: number };

function refusal(responseCode: number, message: string): Refusal {
  return Object.assign(new Error(message), { responseCode });
}

/** Undefined when it is too large; the stream is read to its end in every case, or the session would hang. */
async function collect(stream: Readable & { sizeExceeded: boolean }): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_MAIL_BYTES) chunks.push(chunk);
  }
  return length > MAX_MAIL_BYTES || stream.sizeExceeded ? undefined : Buffer.concat(chunks);
}

/** What `raw` of an e-mail is; attachments by name and size only. */
export type RawMail = {
  from: string;
  to: string[];
  subject: string;
  date: string | undefined;
  messageId: string | undefined;
  text: string | undefined;
  html: string | undefined;
  headers: Record<string, string>;
  attachments: { name: string; type: string; bytes: number }[];
};

function rawMail(mail: Email, to: string[]): RawMail {
  return {
    from: mail.from ? addressText(mail.from) : "",
    to,
    subject: mail.subject ?? "",
    date: mail.date,
    messageId: mail.messageId,
    text: mail.text,
    html: mail.html,
    headers: Object.fromEntries(mail.headers.map(({ originalKey, value }) => [originalKey, value])),
    attachments: mail.attachments.map(({ filename, mimeType, content }) => ({ name: filename ?? "(unnamed)", type: mimeType, bytes: typeof content === "string" ? content.length : content.byteLength })),
  };
}

function addressText({ name, address }: Address): string {
  return name && address ? `${name} <${address}>` : (address ?? name);
}

/** Subjects of alerts start with the state or severity in brackets: Alertmanager's own (`[FIRING:1]`) and this project's (`[WARNING]`). */
function levelOf(subject: string): Level {
  const word = /^\[(\w+)/.exec(subject)?.[1]?.toLowerCase() ?? "";
  const levels: Record<string, Level> = { resolved: "ok", firing: "warning", warning: "warning", critical: "critical", error: "error" };
  return levels[word] ?? "info";
}
