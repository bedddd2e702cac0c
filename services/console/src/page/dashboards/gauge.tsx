import { isWorst, thresholdColour } from "./colours.ts";
import { figuresOf } from "./figures.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { withUnit } from "./units.ts";

const RADIUS = 42;
const TURN = 1.5 * Math.PI;

/** A share of a whole on a dial; the thin arc outside shows the limits. */
export function Gauge({ panel, asked }: PanelProps) {
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const { min = 0, max = 1 } = defaults;
  const steps = defaults.thresholds?.steps ?? [];
  const figures = figuresOf(panel, asked);
  if (figures.length === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;
  const place = (value: number) => Math.min(1, Math.max(0, (value - min) / (max - min || 1)));
  return (
    <div className="dials">
      {figures.map(({ value, name }, index) => {
        const worst = isWorst(value, defaults);
        const text = withUnit(value, defaults.unit, defaults.decimals);
        return (
          <div key={index} className="dial" data-name={name} data-value={value ?? ""}>
            <svg viewBox="0 0 100 88" role="img" aria-label={`${panel.title}${figures.length > 1 ? `, ${name}` : ""}: ${text}${worst ? ", beyond its limit" : ""}`}>
              <path className="dial-ground" d={arc(0, 1, RADIUS)} />
              {value !== null && <path className="dial-value" d={arc(0, Math.max(0.005, place(value)), RADIUS)} style={{ stroke: thresholdColour(value, steps) }} />}
              {steps.map((step, nth) => <path key={step.value ?? "first"} className="dial-limit" d={arc(nth === 0 ? 0 : place(step.value ?? min), nth + 1 < steps.length ? place(steps[nth + 1]!.value ?? max) : 1, RADIUS + 6)} style={{ stroke: step.color }} />)}
              <text x="50" y="56" textAnchor="middle" className={text.length > 6 ? "dial-long" : undefined}>{text}</text>
              {worst && <text x="50" y="67" textAnchor="middle" className="dial-state">beyond its limit</text>}
            </svg>
            {figures.length > 1 && <span className="figure-name" title={name}>{name}</span>}
          </div>
        );
      })}
    </div>
  );
}

/** Part of three quarters of a circle around (50, 50), from 0 at the lower left to 1 at the lower right. */
function arc(from: number, to: number, radius: number): string {
  const point = (share: number) => {
    const angle = Math.PI * 0.75 + share * TURN;
    return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(50 + radius * Math.sin(angle)).toFixed(2)}`;
  };
  return `M${point(from)}A${radius} ${radius} 0 ${(to - from) * TURN > Math.PI ? 1 : 0} 1 ${point(to)}`;
}
