import { Suspense, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "./router.tsx";
import { resolvePath, sections } from "./sections.tsx";
import { storedTheme, storeTheme, type Theme } from "./theme.ts";
import { CrashBoundary } from "./ui/crash-boundary.tsx";
import { Icon } from "./ui/icon.tsx";
import { Empty } from "./ui/notice.tsx";

/** The frame around every section: navigation at the side, at the bottom on a phone. */
export function App() {
  const { path } = useLocation();
  const found = resolvePath(path);
  const main = useRef<HTMLElement>(null);
  useDocumentTitle(found?.section.label ?? "Not found");

  return (
    <div className="shell">
      <a className="skip-link" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to content
      </a>
      <header className="side">
        <Link to="/" className="brand" aria-label="HelloAgents console, home">
          <span className="brand-mark"><Icon name="pulse" /></span>
          <span className="brand-name">HelloAgents<small>console</small></span>
        </Link>
        <nav aria-label="Sections" className="side-nav">
          {sections.map((section) => (
            <Link key={section.path} to={section.path} className="side-link" aria-current={found?.section === section ? "page" : undefined}>
              <Icon name={section.icon} />
              {section.label}
            </Link>
          ))}
          <a href="/runbooks" className="side-link">
            <Icon name="book" />
            Runbooks
          </a>
        </nav>
        <ThemeSwitch />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <CrashBoundary key={path}>
          <Suspense fallback={<div className="page" aria-busy="true" />}>
            {found ? <found.section.page id={found.id} /> : <NotFound path={path} />}
          </Suspense>
        </CrashBoundary>
      </main>
    </div>
  );
}

function NotFound({ path }: { path: string }) {
  return (
    <div className="page">
      <h1>Nothing here</h1>
      <Empty title={`There is no page at ${path}`}>
        <Link to="/">Go to Home</Link>
      </Empty>
    </div>
  );
}

const THEMES: { value: Theme; label: string; icon: "auto" | "sun" | "moon" }[] = [
  { value: "system", label: "Colours as the system", icon: "auto" },
  { value: "light", label: "Light colours", icon: "sun" },
  { value: "dark", label: "Dark colours", icon: "moon" },
];

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <div className="theme-switch" role="group" aria-label="Colours">
      {THEMES.map(({ value, label, icon }) => (
        <button key={value} type="button" aria-label={label} title={label} aria-pressed={theme === value} onClick={() => { setTheme(value); storeTheme(value); }}>
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}

function useDocumentTitle(label: string): void {
  useEffect(() => {
    document.title = `${label} · HelloAgents console`;
  }, [label]);
}
