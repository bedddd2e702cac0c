const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** A Sunday at midnight: weekdays without a date are those of the week that begins here. */
const anySunday = Date.UTC(2026, 0, 4);

/** A clock on the wall: milliseconds since 1970 as if the place were in UTC, and the IANA time zone of the place. */
export type WallClock = { local_ms: number; zone: string };

/** Reads `Saturday 03:00`, `2026-12-24 18:30`, either with a time zone behind it (`Europe/Berlin`; UTC otherwise). @throws Error that says what is accepted */
export function readWallClock(text: string): WallClock {
  const match = /^(?:(?<day>[A-Za-z]+)|(?<date>\d{4}-\d\d-\d\d)) (?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(?: (?<zone>\S+))?$/.exec(text);
  const { day, date, hour, minute, zone = "UTC" } = match?.groups ?? {};
  const weekday = weekdays.indexOf(day?.toLowerCase() ?? "");
  const midnight = date === undefined ? anySunday + weekday * 86_400_000 : Date.parse(`${date}T00:00:00Z`);
  if (!match || (day !== undefined && weekday < 0) || Number.isNaN(midnight)) throw new Error(`"${text}" is no clock; write "Saturday 03:00" or "2026-12-24 18:30", and a time zone behind it when it is not UTC`);
  if (!isZone(zone)) throw new Error(`"${zone}" is no time zone; write one as Europe/Berlin`);
  return { local_ms: midnight + (Number(hour) * 60 + Number(minute)) * 60_000, zone };
}

/** The instant at which the clock reads so. */
export function instantOf({ local_ms, zone }: WallClock): number {
  // Twice: the offset of the first guess may be that before a change to summer time.
  const guess = local_ms - offsetOf(zone, local_ms);
  return local_ms - offsetOf(zone, guess);
}

/** How far the clocks of a time zone are ahead of UTC at an instant, in ms. */
export function offsetOf(zone: string, instant_ms: number): number {
  const name = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(instant_ms).find(({ type }) => type === "timeZoneName")!.value;
  const [, sign, hours = "0", minutes = "0"] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}
