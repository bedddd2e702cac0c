/** A figure in one of Grafana's units, value and unit apart so that the unit can be smaller. No number is a dash. */
export function inUnit(value: number | null | undefined, unit = "short", decimals?: number): { text: string; unit: string } {
  if (value === null || value === undefined || Number.isNaN(value)) return { text: "–", unit: "" };
  if (!Number.isFinite(value)) return { text: value > 0 ? "∞" : "-∞", unit: "" };
  switch (unit) {
    case "percentunit": return { text: digits(value * 100, decimals), unit: "%" };
    case "s": return time(value, decimals);
    case "bytes": return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"], decimals);
    case "reqps": return scaled(value, 1000, ["req/s", "k req/s", "M req/s"], decimals);
    case "ops": case "cps": return scaled(value, 1000, ["/s", "k/s", "M/s"], decimals);
    default: return scaled(value, 1000, ["", "k", "M", "G"], decimals);
  }
}

/** The same in one text. */
export function withUnit(value: number | null | undefined, unit?: string, decimals?: number): string {
  const { text, unit: word } = inUnit(value, unit, decimals);
  return word ? `${text} ${word}` : text;
}

function time(seconds: number, decimals: number | undefined): { text: string; unit: string } {
  const size = Math.abs(seconds);
  if (size === 0) return { text: "0", unit: "s" };
  if (size < 0.001) return { text: digits(seconds * 1e6, decimals), unit: "µs" };
  if (size < 1) return { text: digits(seconds * 1000, decimals), unit: "ms" };
  if (size < 60) return { text: digits(seconds, decimals), unit: "s" };
  if (size < 3600) return { text: digits(seconds / 60, decimals), unit: "min" };
  if (size < 86_400) return { text: digits(seconds / 3600, decimals), unit: "h" };
  return { text: digits(seconds / 86_400, decimals), unit: "d" };
}

function scaled(value: number, factor: number, words: readonly string[], decimals: number | undefined): { text: string; unit: string } {
  let place = 0;
  let rest = value;
  while (Math.abs(rest) >= factor && place < words.length - 1) {
    rest /= factor;
    place++;
  }
  return { text: digits(rest, decimals), unit: words[place]! };
}

/** Three digits that matter, unless the panel says how many decimals. */
function digits(value: number, decimals: number | undefined): string {
  return rounded(value, decimals).replace(/^-(0(?:\.0*)?)$/, "$1");
}

function rounded(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return String(Number(size >= 1 ? value.toFixed(size >= 10 ? 1 : 2) : value.toPrecision(2)));
}

/** A moment as readings tell it: `5 Jan, 12:30:15`. */
export function timeText(timeS: number): string {
  return new Date(timeS * 1000).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
