import type { ReactNode } from "react";
import type { User } from "./api.ts";
import { Link, usePath } from "./router.tsx";

const views = [
  { href: "/", label: "Projects", matches: (path: string) => path === "/" || path.startsWith("/projects/") },
  { href: "/assistant", label: "Assistant", matches: (path: string) => path === "/assistant" },
  { href: "/help", label: "Break something", matches: (path: string) => path === "/help" },
];

/** Header, navigation and the place for a view. */
export function Shell({ user, onSignOut, children }: { user: User; onSignOut: () => void; children: ReactNode }) {
  const path = usePath();
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link href="/" className="brand" aria-label="HelloAgents, projects">
          <Mark />
          <span>HelloAgents</span>
        </Link>
        <nav className="tabs" aria-label="Main">
          {views.map(({ href, label, matches }) => (
            <Link key={href} href={href} aria-current={matches(path) ? "page" : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        <div className="who">
          <span className="avatar" aria-hidden="true">
            {user.name.slice(0, 1).toUpperCase()}
          </span>
          <span className="who-name">{user.name}</span>
          <button type="button" className="button button-quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" className="view" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

export function Mark({ large = false }: { large?: boolean }) {
  return (
    <svg className={large ? "mark mark-large" : "mark"} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path d="M9 9v14M9 16h9M18 9v14" stroke="var(--on-accent)" strokeWidth="3.2" strokeLinecap="round" fill="none" />
      <circle cx="24" cy="22.4" r="2.2" fill="var(--spark)" />
    </svg>
  );
}
