import { thresholdColour } from "./colours.ts";
import { figuresOf } from "./figures.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { withUnit } from "./units.ts";

/** A bar for each series, in the order of the answer. */
export function BarGauge({ panel, asked }: PanelProps) {
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const bars = figuresOf(panel, asked);
  if (bars.length === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;
  const most = defaults.max ?? Math.max(...bars.map(({ value }) => value ?? 0), Number.MIN_VALUE);
  return (
    <ul className="bars">
      {bars.map(({ value, name }, index) => (
        <li key={index} data-name={name} data-value={value ?? ""}>
          <span className="bar-name">{name}</span>
          <span className="bar-value">{withUnit(value, defaults.unit, defaults.decimals)}</span>
          <span className="bar-track"><i style={{ width: `${Math.min(100, Math.max(0, (100 * (value ?? 0)) / most))}%`, background: thresholdColour(value, defaults.thresholds?.steps) }} /></span>
        </li>
      ))}
    </ul>
  );
}
