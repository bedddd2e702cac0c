import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

/** What to say where there is nothing yet, and how to get something. */
export function Empty({ title, icon = "info", children }: { title: string; icon?: IconName; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p className="empty-title">{title}</p>
      {children && <div className="empty-text">{children}</div>}
    </div>
  );
}

/** Something that should work and does not; spoken when it appears. */
export function Problem({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="problem" role="alert">
      <Icon name="issue" />
      <div>{children}</div>
      {action}
    </div>
  );
}
