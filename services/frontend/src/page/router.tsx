import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

const changed = "helloagents:navigate";

/** Goes to another view of the page. */
export function navigate(path: string): void {
  history.pushState(null, "", path);
  window.dispatchEvent(new Event(changed));
  window.scrollTo(0, 0);
}

/** The current path; the component is drawn again when it changes. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(changed, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(changed, listener);
  };
}

/** An ordinary link that does not load the page anew; opening in a new tab works as ever. */
export function Link({ href, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
