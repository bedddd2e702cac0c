import type { Case } from "./case-file.ts";
import { mostChanges, type Change } from "./time-zone.ts";
import { offsetOf } from "./wall-clock.ts";

/** Real time between two moments of a case: Alertmanager's work between them takes a few milliseconds, on a busy machine some hundreds. */
const step_ms = 800;
/** The same where the case states a clock: a time zone changes at whole seconds only. */
const clockStep_ms = 2_500;
/** Beyond this a case is no quick test any more. */
const longest_ms = 90_000;
/** How long the clocks of a case go on after its last moment, when the machine is slow. */
const margin_s = 60;

/** How much faster than stated a case is told. @throws Error when its moments lie too unevenly to be told in a minute and a half */
export function speedOf({ moments, clock, name }: Case): number {
  const gaps = moments.slice(1).map(({ at_ms }, index) => at_ms - moments[index]!.at_ms);
  const least_ms = Math.min(...gaps, 3_600_000);
  const speed = least_ms / (clock.stated ? clockStep_ms : step_ms);
  const whole_ms = (moments.at(-1)!.at_ms - moments[0]!.at_ms) / speed;
  if (whole_ms > longest_ms) throw new Error(`"${name}" would take ${Math.round(whole_ms / 1000)} s: its shortest step is told in ${(clock.stated ? clockStep_ms : step_ms) / 1000} s and all else in proportion. Make the shortest step longer, or split the case`);
  return speed;
}

/** A time zone whose clocks read, from `begin_ms` on, what the case says, and then run at its speed. `location`: the place whose clock the time interval goes by. */
export function zoneOf({ clock, moments }: Case, speed: number, begin_ms: number, location: string): Change[] {
  const begin_s = Math.floor(begin_ms / 1000);
  const needed = Math.ceil(moments.at(-1)!.at_ms / speed / 1000) + margin_s;
  return Array.from({ length: Math.min(mostChanges, needed) }, (_, index) => {
    const second = begin_s - 1 + index;
    // The middle of the second stands for all of it.
    const instant_ms = clock.instant_ms + Math.max(0, second * 1000 + 500 - begin_ms) * speed;
    return { second, offset_s: Math.round((instant_ms + offsetOf(location, instant_ms)) / 1000) - second };
  });
}
