import { createHash } from "node:crypto";
import { topFrame, type EventView } from "./event.ts";

/**
 * The issue an event belongs to, 12 hex digits: same project, exception types of the chain, shape of the outermost value and
 * place (innermost own call, else the transaction). Lines and columns are left out: they move with every release.
 * A fingerprint given by the sender replaces this, with `{{ default }}` standing for it.
 */
export function issueId(project: string, event: EventView): string {
  const frame = topFrame(event);
  const last = event.exceptions.at(-1);
  const types = event.exceptions.map((exception) => exception.type).join(" < ");
  const place = frame ? `${frame.module ?? frame.file}#${frame.function}` : (event.transaction ?? "");
  const usual = [types, valueShape(last?.value ?? event.message ?? ""), place];
  const given = event.fingerprint.flatMap((part) => (/^\{\{\s*default\s*\}\}$/.test(part) ? usual : [part]));
  const parts = [project, ...(given.length > 0 ? given : usual)];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12);
}

const MAX_SHAPE_LENGTH = 300;

/** A message with what differs between two occurrences of one fault taken out: ids, numbers, quoted names, addresses. */
export function valueShape(value: string): string {
  return value
    .slice(0, 4 * MAX_SHAPE_LENGTH)
    .split("\n", 1)
    .join("")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<uuid>")
    .replace(/https?:\/\/[^\s"')]+/gi, "<url>")
    .replace(/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g, "<text>")
    .replace(/\b(?=[a-z]*\d)[0-9a-f]{8,}\b/gi, "<hex>")
    .replace(/\d+(?:[.:]\d+)*/g, "<n>")
    .slice(0, MAX_SHAPE_LENGTH);
}
