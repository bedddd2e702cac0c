import type { ReactNode } from "react";

/** Names and values in two columns; pairs without a value are left out. */
export function KeyValues({ pairs }: { pairs: readonly (readonly [string, ReactNode])[] }) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return (
    <dl className="key-values">
      {shown.map(([key, value], index) => (
        // A name may come twice, as tags do.
        <div key={`${key}-${index}`}>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
