import express, { type Request, type Router } from "express";
import { readBody } from "../body.ts";
import type { Inbox, Level } from "../inbox.ts";

const MAX_BYTES = 512 * 2 ** 10;

type Json = Record<string, unknown>;

/**
 * Stand-in for Slack's incoming webhooks at any path below /slack: `ok`, or Slack's own error words with 400.
 * Source: Slack's docs, "Sending messages using incoming webhooks" and "Legacy: secondary message attachments".
 */
export function slackRoutes(inbox: Inbox): Router {
  const router = express.Router();
  router.post("/slack/*hook", async (req, res) => {
    const message = await readMessage(req);
    if (message === undefined) return void res.status(400).type("text").send("invalid_payload");
    const summary = summarise(message);
    if (summary === undefined) return void res.status(400).type("text").send("no_text");
    const channel = textOf(message["channel"]) ?? req.path.replace(/^\/slack\//, "");
    inbox.add({ kind: "slack", ...summary, to: channel }, message);
    res.type("text").send("ok");
  });
  return router;
}

/** JSON, or the older form field `payload` with JSON in it. */
async function readMessage(req: Request): Promise<Json | undefined> {
  const body = (await readBody(req, MAX_BYTES)).toString();
  const form = (req.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  try {
    const value: unknown = JSON.parse(form ? (new URLSearchParams(body).get("payload") ?? "") : body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Title, text and level of a message; undefined when there is nothing to show. */
export function summarise(message: Json): { title: string; text: string; level: Level } | undefined {
  const attachments = list(message["attachments"]);
  const blocks = list(message["blocks"]).flatMap((block) => textOf((block["text"] as Json | undefined)?.["text"]) ?? []);
  const first = attachments[0];
  const lines = [
    textOf(message["text"]),
    ...blocks,
    ...attachments.flatMap((each) => [textOf(each["pretext"]), textOf(each["title"]), textOf(each["text"]), ...list(each["fields"]).map(fieldText)]),
  ].filter((line) => line !== undefined);
  const title = textOf(message["text"]) ?? blocks[0] ?? textOf(first?.["title"]) ?? textOf(first?.["fallback"]) ?? lines[0];
  if (title === undefined) return undefined;
  return { title: plain(title.split("\n", 1)[0] ?? ""), text: plain(lines.filter((line) => line !== title).join("\n")), level: levelOf(textOf(first?.["color"])) };
}

function fieldText(field: Json): string {
  return [textOf(field["title"]), textOf(field["value"])].filter(Boolean).join(": ");
}

function levelOf(color: string | undefined): Level {
  if (color === "danger") return "critical";
  if (color === "warning") return "warning";
  return color === "good" ? "ok" : "info";
}

/** Slack's `<address|words>` and `*bold*` as words. */
function plain(text: string): string {
  return text.replace(/<([^|>]+)\|([^>]+)>/g, "$2").replace(/<(https?:[^>]+)>/g, "$1").replace(/(?<![\w*])\*([^*\n]+)\*(?!\w)/g, "$1").trim();
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
