import { useSyncExternalStore } from "react";

/** Changes whenever the page turns dark or light: what is drawn on a canvas has to be drawn again. */
export function useThemeTick(): number {
  return useSyncExternalStore(subscribe, () => tick);
}

let tick = 0;

function subscribe(changed: () => void): () => void {
  const turned = () => {
    tick++;
    changed();
  };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const own = new MutationObserver(turned);
  system.addEventListener("change", turned);
  own.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => {
    system.removeEventListener("change", turned);
    own.disconnect();
  };
}
