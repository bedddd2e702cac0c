/** A statement or condition of OTTL with a part taken out. */
export interface Cut {
  /** What was taken out. */
  part: string;
  rest: string;
}

/** The statement without its `where`, and with each part of it left out in turn. */
export function cutStatement(statement: string): Cut[] {
  const [where] = at(statement, 0, statement.length, " where ");
  if (where === undefined) return [];
  const start = where + " where ".length;
  return [{ part: statement.slice(where + 1), rest: statement.slice(0, where) }, ...cutRegion(statement, start, statement.length)];
}

/** The condition with each operand of its `and` and `or`, and each `not`, left out in turn, at any depth. */
export const cutCondition = (condition: string): Cut[] => cutRegion(condition, 0, condition.length);

function cutRegion(text: string, from: number, to: number): Cut[] {
  for (const word of [" or ", " and "]) {
    const places = at(text, from, to, word);
    if (places.length === 0) continue;
    const starts = [from, ...places.map((place) => place + word.length)];
    const ends = [...places, to];
    return starts.flatMap((start, index) => {
      const end = ends[index] ?? to;
      // With the word before it; the first with the word behind it.
      const rest = index === 0 ? text.slice(0, from) + text.slice(starts[1]) : text.slice(0, places[index - 1]) + text.slice(end);
      return [{ part: text.slice(start, end).trim(), rest }, ...cutRegion(text, start, end)];
    });
  }
  const region = text.slice(from, to);
  const lead = from + (region.length - region.trimStart().length);
  if (text.startsWith("not ", lead)) return [{ part: text.slice(lead, to).trim().replace(/^not (.*)$/s, "not of $1"), rest: text.slice(0, lead) + text.slice(lead + 4) }, ...cutRegion(text, lead + 4, to)];
  const tail = from + region.trimEnd().length;
  return text[lead] === "(" && text[tail - 1] === ")" ? cutRegion(text, lead + 1, tail - 1) : [];
}

/** Where `word` stands outside of quotes and parentheses. */
function at(text: string, from: number, to: number, word: string): number[] {
  const places: number[] = [];
  let depth = 0;
  for (let index = from; index < to; index++) {
    const character = text[index] ?? "";
    if (character === '"') {
      for (index++; index < to && text[index] !== '"'; index++) if (text[index] === "\\") index++;
    } else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (depth === 0 && text.startsWith(word, index) && index + word.length <= to) places.push(index);
  }
  return places;
}
