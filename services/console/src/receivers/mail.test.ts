import { createTransport } from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLocalConsole, type LocalConsole } from "../demo/local-console.ts";
import { mail } from "../demo/notifications.ts";
import type { RawMail } from "./mail.ts";

let local: LocalConsole;
beforeAll(async () => void (local = await startLocalConsole()));
afterAll(() => local.stop());

const send = (message: object, options: object = {}) => createTransport({ host: "127.0.0.1", port: local.smtpPort, secure: false, ignoreTLS: true, ...options }).sendMail(message);
const newest = () => (JSON.parse(local.stores.inbox.list({ kind: "email", limit: 1 })) as { title: string; text: string; level: string; to: string; raw: RawMail }[])[0];

test("a mail is kept with its parts", async () => {
  await send({ ...mail, attachments: [{ filename: "graph.txt", content: "12345" }] });
  const item = newest();
  expect(item).toMatchObject({ title: mail.subject, level: "warning", to: "oncall@example.com" });
  expect(item?.text).toContain("Only 1 of 4 sandboxes");
  expect(item?.raw).toMatchObject({ from: "alertmanager@example.com", to: ["oncall@example.com"], subject: mail.subject, attachments: [{ name: "graph.txt", type: "text/plain", bytes: 5 }] });
  expect(item?.raw.html).toContain('<a href="http://localhost:3000/runbooks/SandboxPoolDepleted">');
  expect(item?.raw.headers["Subject"]).toBeDefined();
});

test("any account is taken, as configured ones must work here too", async () => {
  await send({ from: "a@example.com", to: ["b@example.com", "c@example.com"], subject: "[RESOLVED] it is over", text: "fine" }, { auth: { user: "someone", pass: "anything" } });
  expect(newest()).toMatchObject({ title: "[RESOLVED] it is over", level: "ok", to: "b@example.com, c@example.com" });
});

test("a mail above the limit is refused and not kept", async () => {
  const before = local.stores.inbox.count("email");
  await expect(send({ from: "a@example.com", to: "b@example.com", subject: "big", text: "x".repeat(3 * 2 ** 20) })).rejects.toThrow(/5\d\d/);
  expect(local.stores.inbox.count("email")).toBe(before);
});

test("a client that hangs up in the middle harms nobody", async () => {
  const { connect } = await import("node:net");
  await new Promise<void>((done) => {
    const socket = connect(local.smtpPort, "127.0.0.1", () => socket.write("EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: half"));
    socket.on("data", (data) => { if (data.toString().includes("354")) socket.resetAndDestroy(); });
    socket.on("close", () => done());
  });
  await send({ from: "a@example.com", to: "b@example.com", subject: "still here", text: "" });
  expect(newest()?.title).toBe("still here");
});
