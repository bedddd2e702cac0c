import type { Step } from "./panels.ts";

/** Steps for a figure that is better the smaller it is: good, above `goal` worth a look, above `alert` bad. */
export function lowerIsBetter(goal: number, alert: number): Step[] {
  return [{ from: 0, colour: "green" }, { from: goal, colour: "orange" }, { from: alert, colour: "vermilion" }];
}

/** Steps for a figure that is better the larger it is: below `alert` bad, below `goal` worth a look. */
export function higherIsBetter(alert: number, goal: number): Step[] {
  return [{ from: 0, colour: "vermilion" }, { from: alert, colour: "orange" }, { from: goal, colour: "green" }];
}

/** A figure that is neither good nor bad. */
export const neutral: Step[] = [{ from: 0, colour: "blue" }];

/** Good while it is none. */
export const none: Step[] = [{ from: 0, colour: "green" }, { from: 1e-6, colour: "vermilion" }];

/**
 * The number that an alert compares its value with: 0.05 for HighErrorRate's `... > 0.05`.
 * @param expr of the alert
 * @throws {Error} when the expression does not end with a comparison
 */
export function alertThreshold(name: string, expr: string): number {
  const found = /[<>]=?\s*([\d.]+)\s*\)?\s*$/.exec(expr.trim());
  if (!found) throw new Error(`${name}: its expression does not end with a comparison, so panels cannot show its limit; end it with one (\`> 0.05\`)`);
  return Number(found[1]);
}

/** 0.995 as "99.5 %", for titles and descriptions. */
export function percent(value: number): string {
  return `${Number((value * 100).toPrecision(6))} %`;
}
