/** Hues that stay apart for common kinds of colour blindness; names in the legend and rows carry the meaning too. */
const HUES = [225, 28, 165, 320, 265, 55, 195, 100];

/** A colour per service, the same on every page of a list: by its place among the sorted names. */
export function serviceColours(services: readonly string[]): Map<string, string> {
  return new Map([...new Set(services)].sort().map((service, index) => [service, colour(index)]));
}

function colour(index: number): string {
  const hue = HUES[index % HUES.length] ?? 0;
  return `light-dark(hsl(${hue} 62% 48%), hsl(${hue} 60% 62%))`;
}
