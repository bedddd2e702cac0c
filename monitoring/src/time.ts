/**
 * A time in ISO 8601, in ms since 1970; a time without a zone is this machine's, a date alone begins in UTC.
 * @param option that it was given to, for the message
 * @throws {Error} when it is none, as 30 February
 */
export function readTime(option: string, text: string): number {
  const [, date] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const time = date === undefined ? Number.NaN : Date.parse(text);
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(time) || new Date(date!).toISOString().slice(0, 10) !== date) throw new Error(`${option} "${text}" is no time; write it as 2026-01-31T00:00:00Z`);
  return time;
}
