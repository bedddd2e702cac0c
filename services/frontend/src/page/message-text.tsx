/** A message with its fenced code set as code; everything else stays the text it is. */
export function MessageText({ text }: { text: string }) {
  // Splitting by a group keeps what it matched: text and code take turns.
  const parts = text.split(/```\w*\n([\s\S]*?)\n?```/);
  return parts.map((part, index) => {
    if (index % 2 === 1) return <pre key={index}>{part}</pre>;
    return part.trim() === "" ? null : <p key={index}>{part.trim()}</p>;
  });
}
