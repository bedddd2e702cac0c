/** Class and message of an exception, as the first lines of its text give them. */
export interface Header {
  type: string;
  value: string;
  /** Package or module of the class, where the language has one: both make the full name. */
  module?: string;
}

/** `json.decoder.JSONDecodeError` -> class and module, at the last `.` (or other separator). */
export function qualifiedHeader(name: string, value: string, separator = "."): Header {
  const at = name.lastIndexOf(separator);
  return at <= 0 ? { type: name, value } : { type: name.slice(at + separator.length), module: name.slice(0, at), value };
}

const NAME = /^(?:Uncaught (?:\(in promise\) )?)?([A-Za-z_$][\w$.]{0,200})(?: \[([\w$.]{1,100})\])?(?:: ([\s\S]*))?$/;

/** `TypeError: text`, `TypeError [ERR_X]: text`, `[TypeError: text]` (an error without frames). `undefined`: reads like no error. */
export function readHeader(text: string): Header | undefined {
  const match = NAME.exec(withoutBrackets(text.trimEnd()));
  if (!match) return undefined;
  const [, type = "", , value] = match;
  if (value === undefined && !looksLikeErrorName(type)) return undefined;
  return { type, value: value ?? "" };
}

/** Classes of errors are named so nearly everywhere; needed where there is nothing but a word. */
export function looksLikeErrorName(name: string): boolean {
  return /(?:Error|Exception|Rejection)$/.test(name);
}

/** Whether this line, the first of a bracketed error, or a later one, closes the bracket. */
export function closesBrackets(line: string): boolean {
  return /\](?: \{|,)?$/.test(line);
}

function withoutBrackets(text: string): string {
  if (!text.startsWith("[")) return text;
  return text.slice(1).replace(/\](?: \{|,)?$/, "");
}
