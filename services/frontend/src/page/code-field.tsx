import { useRef, type KeyboardEvent } from "react";

const indent = "  ";

/** A text area with line numbers. Tab indents; Escape first lets Tab leave the field, for people without a pointer. */
export function CodeField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const gutter = useRef<HTMLDivElement>(null);
  const leaving = useRef(false);
  const lines = value.split("\n").length;

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    const tab = event.key === "Tab" && !event.shiftKey && !leaving.current;
    leaving.current = event.key === "Escape";
    if (!tab) return;
    event.preventDefault();
    const field = event.currentTarget;
    const { selectionStart, selectionEnd } = field;
    onChange(value.slice(0, selectionStart) + indent + value.slice(selectionEnd));
    requestAnimationFrame(() => field.setSelectionRange(selectionStart + indent.length, selectionStart + indent.length));
  }

  return (
    <section className="pane code" aria-label="Code">
      <div className="gutter" aria-hidden="true" ref={gutter}>
        {Array.from({ length: lines }, (_, index) => index + 1).join("\n")}
      </div>
      <textarea
        aria-label="JavaScript code. Press Escape, then Tab, to leave the field."
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onScroll={(event) => gutter.current?.scrollTo(0, event.currentTarget.scrollTop)}
      />
    </section>
  );
}
