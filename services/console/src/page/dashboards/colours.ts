import type { FieldDefaults, Override, Threshold } from "./model.ts";

/** Lines without a colour of their own, in this order: Okabe and Ito's palette, for every kind of sight, on both grounds. */
const PALETTE = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#999999", "#B8A800"];

/** Colour of the nth series of a panel, or the one that an override gives all series of its query. */
export function seriesColour(index: number, refId: string, overrides: readonly Override[] = []): string {
  const own = overrides.find(({ matcher }) => matcher.id === "byFrameRefID" && matcher.options === refId);
  const fixed = own?.properties.find(({ id }) => id === "color")?.value as { fixedColor?: string } | undefined;
  return fixed?.fixedColor ?? PALETTE[index % PALETTE.length]!;
}

/** Colour of the step that a value has reached. */
export function thresholdColour(value: number | null | undefined, steps: readonly Threshold[] | undefined): string | undefined {
  if (value === null || value === undefined || !steps) return undefined;
  return steps.findLast((step) => step.value === null || value >= step.value)?.color;
}

/** A word for the step, so that colour is not the only sign: the last of two or more steps up is "bad" where low is good. */
export function isWorst(value: number | null | undefined, defaults: FieldDefaults | undefined): boolean {
  return thresholdColour(value, defaults?.thresholds?.steps)?.toUpperCase() === "#D55E00";
}

/** Viridis at 0 to 1: lightness alone tells more from less. */
export function viridis(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(place)]!;
  const high = VIRIDIS[Math.ceil(place)]!;
  const part = place - Math.floor(place);
  return `rgb(${low.map((channel, index) => Math.round(channel + (high[index]! - channel) * part)).join(" ")})`;
}

const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
