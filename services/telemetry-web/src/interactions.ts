import type { Tracer } from "@opentelemetry/api";
import type { Activities } from "./activity.ts";

/** Each gesture that can set something off begins an activity: its requests and errors share one trace. */
export function watchInteractions(tracer: Tracer, activities: Activities): void {
  for (const type of ["click", "submit", "change", "keydown"]) {
    // On the window and capturing: before any handler of the page.
    window.addEventListener(type, (event) => {
      if (!isAction(event) || activities.justBegan()) return;
      const element = elementOf(event);
      const attributes = { "browser.interaction.type": type, "browser.interaction.target": element };
      activities.begin(tracer.startSpan(`${type} ${element.split("#")[0]}`, { root: true, attributes }));
    }, { capture: true, passive: true });
  }
}

/** Typing is none, and neither is the `change` of a text field: it comes just before the click that left the field. */
function isAction(event: Event): boolean {
  if (event instanceof KeyboardEvent) return event.key === "Enter";
  if (event.type !== "change") return true;
  const { target } = event;
  return target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === "file");
}

/** `button#run`: never the text, a label or a value, which can be personal. Digits of generated ids are folded. */
function elementOf(event: Event): string {
  const [target] = event.composedPath();
  if (!(target instanceof Element)) return "document";
  const element = target.closest("button, a, input, select, textarea, form, [role=button]") ?? target;
  const id = element.id.replace(/\d+/g, "0").slice(0, 40);
  return element.localName.slice(0, 40) + (id === "" ? "" : `#${id}`);
}
