const WIDTH = 120;
const HEIGHT = 28;

/** A small trend without axes; `label` says in words what it shows. */
export function Sparkline({ points, label }: { points: [number, number][]; label: string }) {
  if (points.length < 2) return <div className="sparkline" aria-hidden="true" />;
  const times = points.map(([time]) => time);
  const values = points.map(([, value]) => value);
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const low = Math.min(0, ...values);
  const high = Math.max(...values);
  const x = (time: number) => ((time - first) / (last - first || 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 5);
  const line = points.map(([time, value], index) => `${index === 0 ? "M" : "L"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path className="sparkline-area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
      <path className="sparkline-line" d={line} />
    </svg>
  );
}
