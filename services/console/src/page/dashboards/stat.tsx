import { Sparkline } from "../ui/sparkline.tsx";
import { isWorst, thresholdColour } from "./colours.ts";
import { figuresOf } from "./figures.ts";
import type { PanelProps } from "./panel-frame.tsx";
import { inUnit } from "./units.ts";

/** Large figures, each over the line of how it came to be. */
export function Stat({ panel, asked }: PanelProps) {
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const figures = figuresOf(panel, asked);
  if (figures.length === 0) return <p className="panel-empty">{defaults.noValue ?? "No data"}</p>;
  return (
    <div className="figures">
      {figures.map(({ series, name, value }, index) => {
        const { text, unit } = inUnit(value, defaults.unit, defaults.decimals);
        const colour = thresholdColour(value, defaults.thresholds?.steps);
        return (
          <div key={index} className="figure" data-name={name} data-value={value ?? ""}>
            {figures.length > 1 && <span className="figure-name" title={name}>{name}</span>}
            <span className="figure-value" style={{ "--mark": colour } as React.CSSProperties}>{text}{unit && <small>{unit}</small>}</span>
            {isWorst(value, defaults) && <span className="figure-state">beyond its limit</span>}
            {panel.options?.graphMode === "area" && <Sparkline points={series.times.map((time, index): [number, number] => [time, series.values[index]!]).filter(([, point]) => Number.isFinite(point))} label={`${panel.title}: how it came to be`} />}
          </div>
        );
      })}
    </div>
  );
}
