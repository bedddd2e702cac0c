import type { Path } from "./config-file.ts";

const NAME = /(authorization|password|passwd|secret|credential|token|api[-_]?key|access[-_]?key|private[-_]?key|x-[a-z-]*(auth|key))$/i;
const USER_IN_URL = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/** What a header may be called that says nothing: vendors name theirs x-vendor-team or api_id. Long, without a space, letters and digits. */
const TOKEN = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=.-]{20,}$/;

/** Whether the setting at this path is a secret that is written out: by its name, by a user and password in a URL, or by the look of a header. */
export function isLiteralSecret(path: Path, value: string): boolean {
  return !value.includes("${") && value !== "" && (NAME.test(String(path.at(-1))) || USER_IN_URL.test(value) || (path.at(-2) === "headers" && TOKEN.test(value)));
}
