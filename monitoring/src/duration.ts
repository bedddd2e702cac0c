const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** `1h30m` in ms, as Prometheus writes durations. @throws Error */
export function readDuration(text: string): number {
  if (text === "0") return 0;
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) throw new Error(`"${text}" is no duration; write for example 30s, 5m, 1h30m`);
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}
