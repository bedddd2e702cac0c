import type { Level } from "../../inbox.ts";
import { Icon, type IconName } from "./icon.tsx";

const ICONS: Record<Level, IconName> = { critical: "issue", error: "cross", warning: "bell", info: "info", ok: "check" };
const WORDS: Record<Level, string> = { critical: "Critical", error: "Error", warning: "Warning", info: "Info", ok: "OK" };

/** A level as word and sign, so that it never depends on colour alone. */
export function LevelBadge({ level, label = WORDS[level] }: { level: Level; label?: string }) {
  return (
    <span className={`badge level-${level}`}>
      <Icon name={ICONS[level]} />
      {label}
    </span>
  );
}

/** Severity and level names of Alertmanager, PagerDuty, Sentry and syslog onto the page's five. */
export function toLevel(name: string): Level {
  const known: Record<string, Level> = { critical: "critical", fatal: "critical", page: "critical", error: "error", warning: "warning", warn: "warning", ok: "ok", resolved: "ok" };
  return known[name.toLowerCase()] ?? "info";
}
