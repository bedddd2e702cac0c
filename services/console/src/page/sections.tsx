import { lazy, type ComponentType } from "react";
import type { IconName } from "./ui/icon.tsx";

/** One entry of the navigation. `page` gets the path's part after the section, such as an issue's id. */
export type Section = { path: string; label: string; icon: IconName; page: ComponentType<{ id: string | undefined }> };

/** The product's sections in the order of the navigation; each is loaded when it is first opened. */
export const sections: readonly Section[] = [
  { path: "/", label: "Home", icon: "home", page: lazy(async () => ({ default: (await import("./home/home-page.tsx")).HomePage })) },
  { path: "/dashboards", label: "Dashboards", icon: "pulse", page: lazy(async () => ({ default: (await import("./dashboards/dashboards-section.tsx")).DashboardsSection })) },
  { path: "/alerts", label: "Alerts", icon: "bell", page: lazy(async () => ({ default: (await import("./alerts/alerts-page.tsx")).AlertsPage })) },
  { path: "/inbox", label: "Inbox", icon: "inbox", page: lazy(async () => ({ default: (await import("./inbox/inbox-page.tsx")).InboxPage })) },
  { path: "/issues", label: "Issues", icon: "issue", page: lazy(async () => ({ default: (await import("./issues/issues-section.tsx")).IssuesSection })) },
  { path: "/traces", label: "Traces", icon: "trace", page: lazy(async () => ({ default: (await import("./traces/traces-section.tsx")).TracesSection })) },
];

/** The section that a path belongs to and the rest of the path; undefined for an address that leads nowhere. */
export function resolvePath(path: string): { section: Section; id: string | undefined } | undefined {
  const [, first = "", id, ...more] = path.split("/");
  const section = sections.find((each) => each.path === `/${first}`);
  if (!section || more.some(Boolean) || (section.path === "/" && id)) return undefined;
  try {
    return { section, id: id ? decodeURIComponent(id) : undefined };
  } catch {
    // An address cut in the middle of a character names nothing.
    return undefined;
  }
}
