/** A matcher as Alertmanager's API takes it (api/v2/openapi.yaml, `matcher`). */
export type Matcher = { name: string; value: string; isRegex: boolean; isEqual: boolean };

/** Reads `alertname="X"`, `job=~"a|b"`, `severity!=info`. @throws Error that says what is accepted */
export function readMatcher(text: string): Matcher {
  const [, name, operator, written = ""] = /^\s*([^\s=!~"{}]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined || operator === undefined) throw new Error(`"${text}" is no matcher; write alertname=HighErrorRate, job=~"api|shop", severity!=info`);
  const value = unquote(written, text);
  const isRegex = operator.endsWith("~");
  const wrong = isRegex ? patternProblem(value) : undefined;
  if (wrong !== undefined) throw new Error(`"${text}": ${wrong}`);
  return { name, value, isRegex, isEqual: !operator.startsWith("!") };
}

/** What is wrong with a regular expression; undefined when nothing is. Prometheus and Alertmanager write some things differently than JavaScript: flags, names of groups. */
export function patternProblem(pattern: string): string | undefined {
  try {
    RegExp(pattern.replaceAll(/\(\?[imsU]+\)/g, "").replaceAll(/\(\?[imsU]+:/g, "(?:").replaceAll("(?P<", "(?<"));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** As people write it. */
export function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  return `${name}${isEqual ? "=" : "!"}${isRegex ? "~" : isEqual ? "" : "="}${JSON.stringify(value)}`;
}

function unquote(written: string, whole: string): string {
  if (!written.startsWith('"')) return written;
  try {
    return JSON.parse(written) as string;
  } catch (error) {
    throw new Error(`"${whole}": the quotes around the value do not match`, { cause: error });
  }
}
