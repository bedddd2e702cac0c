const MAX_SHOWN = 200_000;

/** A message exactly as it arrived. */
export function RawJson({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return (
    <pre className="raw-json" tabIndex={0} aria-label="Message as it arrived">
      {text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n… ${text.length - MAX_SHOWN} more characters` : text}
    </pre>
  );
}
