import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

/** The address is the whole state of navigation: `path` without, `query` with what follows the question mark. */
export type Location = { path: string; query: URLSearchParams };

const CHANGED = "console:navigated";

export function useLocation(): Location {
  useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  return currentLocation();
}

/** The same, once: for what happens later than a page is drawn. */
export function currentLocation(): Location {
  const { pathname, search } = window.location;
  return { path: pathname, query: new URLSearchParams(search) };
}

/** `replace` for what the back button should not stop at, such as each letter of a filter. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  window.dispatchEvent(new Event(CHANGED));
}

/** The same address with some parameters changed; undefined takes one away. */
export function withQuery(location: Location, changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(location.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `${location.path}?${text}` : location.path;
}

/** A link within the page; opens in a new tab like any other when asked to. */
export function Link({ to, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    rest.onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={to} onClick={follow} />;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener("popstate", changed);
    window.removeEventListener(CHANGED, changed);
  };
}
