import { parsePromql, selectorsOf, type Matcher } from "../promql/tree.ts";

/** Labels of a made-up series, with its name. */
export type Labels = Record<string, string>;

/** A selector, and made-up series: one for each of its alternatives that it takes (`taken`), and for each matcher those that this one alone refuses (`refused`). */
export type Sampled = { takes: (series: Labels) => boolean; taken: Labels[]; refused: Labels[] };

/**
 * Series that tell whether every part of a selector is there.
 * @throws {Error} when no value can be made up that a matcher takes
 */
export function seriesOfSelector(text: string): Sampled {
  const { name, matchers } = selectorsOf(parsePromql(text))[0]!;
  const takes = (series: Labels): boolean => series["__name__"] === name!.text && matchers.every((matcher) => accepts(matcher, series[matcher.label] ?? ""));
  const accepted = matchers.map((matcher) => ({ matcher, values: valuesOf(matcher) }));
  const base: Labels = { __name__: name!.text, ...Object.fromEntries(accepted.map(({ matcher, values }) => [matcher.label, values[0]!])) };
  const taken = [base, ...accepted.flatMap(({ matcher, values }) => values.slice(1).map((value) => ({ ...base, [matcher.label]: value })))];
  if (!takes(base)) throw new Error(`${text}: its matchers exclude each other, or no value could be made up that they take`);
  const refused = matchers.flatMap((matcher) => refusedValues(matcher).map((value) => ({ ...base, [matcher.label]: value })));
  return { takes, taken: taken.filter(takes), refused };
}

/** The series as promtool reads it; an empty label is none. */
export function seriesText({ __name__: name, ...labels }: Labels): string {
  return `${name}{${Object.entries(labels).filter(([, value]) => value !== "").map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}

function accepts({ op, value }: Matcher, actual: string): boolean {
  if (op === "=") return actual === value;
  if (op === "!=") return actual !== value;
  return pattern(value).test(actual) === (op === "=~");
}

function valuesOf(matcher: Matcher): string[] {
  if (matcher.op === "=") return [matcher.value];
  const made = matcher.op === "=~" ? alternativesOf(matcher.value) : ["", "other", "1"];
  const found = made.filter((value) => accepts(matcher, value));
  if (found.length === 0) throw new Error(`${matcher.label}${matcher.op}"${matcher.value}": no value could be made up for it; write the alternatives out, as in ${matcher.label}=~"a|b"`);
  return matcher.op === "=~" ? found : found.slice(0, 1);
}

/** Values that this matcher refuses: each alternative of what must not be, or something else. */
function refusedValues(matcher: Matcher): string[] {
  const made = matcher.op === "!=" ? [matcher.value] : matcher.op === "!~" ? alternativesOf(matcher.value) : matcher.label === "le" ? ["+Inf"] : ["other", "1", ""].slice(0, matcher.op === "=" ? 1 : 3);
  const refused = made.filter((value) => !accepts(matcher, value));
  return matcher.op.startsWith("!") ? refused : refused.slice(0, 1);
}

function pattern(text: string): RegExp {
  return new RegExp(`^(?:${text})$`, "s");
}

/** A text for each alternative at the top of a pattern: the shortest that its usual parts (groups, classes, repetition) allow. */
function alternativesOf(text: string): string[] {
  return splitTop(text).map(shortest).filter((value) => pattern(text).test(value));
}

/** Parts between the `|` that stand in no group or class. */
function splitTop(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const [token] of text.matchAll(/\\.|\[[^\]]*\]|[\s\S]/g)) {
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts;
}

function shortest(text: string): string {
  // Innermost groups first, each by its first alternative, kept apart from what repeats it.
  const group = /\((?:\?:)?((?:\\.|[^()\\])*)\)/.exec(text);
  if (group) {
    const inside = shortest(splitTop(group[1]!)[0]!).replaceAll(/./g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
    const rest = text.slice(group.index + group[0].length);
    return shortest(text.slice(0, group.index) + (/^[?*]|^\{0/.test(rest) ? "" : inside) + rest.replace(/^(?:[?*+]|\{[^}]*\})\??/, ""));
  }
  return text.replaceAll(/(\\x[0-9a-f]{2}|\\.|\[[^\]]*\]|[\s\S])(?:([?*+])|\{(\d+)[^}]*\})?\??/g, (_, atom: string, sign?: string, times?: string) => {
    const count = sign === "?" || sign === "*" ? 0 : Number(times ?? 1);
    return characterOf(atom).repeat(count);
  });
}

function characterOf(atom: string): string {
  if (atom === "^" || atom === "$") return "";
  if (atom === ".") return "0";
  if (atom.startsWith("\\x")) return String.fromCharCode(Number.parseInt(atom.slice(2), 16));
  if (atom.startsWith("\\")) return ({ d: "0", w: "a", s: " ", b: "" } as Record<string, string>)[atom[1]!] ?? atom[1]!;
  if (!atom.startsWith("[")) return atom;
  return atom[1] === "^" ? ["a", "0", "-"].find((one) => new RegExp(atom).test(one)) ?? "" : characterOf(atom[1] === "\\" ? atom.slice(1, 3) : atom[1]!);
}
