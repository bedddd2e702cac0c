import { useEffect, useState, type ReactNode } from "react";

/** What a view shows while its data is on the way, missing or refused. */
export type Loaded<T> = { state: "loading" } | { state: "failed"; message: string } | { state: "ready"; value: T };

/** Loads once and again on `reload`; answers that come too late are ignored. Another `load` needs another `key`. */
export function useLoaded<T>(load: () => Promise<T>): [Loaded<T>, () => void, (value: T) => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [job, setJob] = useState(() => load);
  useEffect(() => {
    let current = true;
    job().then(
      (value) => current && setLoaded({ state: "ready", value }),
      (error: unknown) => current && setLoaded({ state: "failed", message: messageOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [job]);
  const reload = (): void => {
    setLoaded({ state: "loading" });
    // A new function, so that the effect runs again.
    setJob(() => () => load());
  };
  return [loaded, reload, (value) => setLoaded({ state: "ready", value })];
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error in the place of what could not be shown. */
export function Problem({ title, message, onRetry }: { title: string; message: string; onRetry?: () => void }) {
  return (
    <div className="notice notice-bad" role="alert">
      <div>
        <strong>{title}</strong>
        <p>{message}</p>
      </div>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Spinner({ label }: { label: string }) {
  return (
    <span className="spinner" role="status">
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
