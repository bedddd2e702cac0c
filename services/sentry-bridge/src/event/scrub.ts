import { evenMasks, MASK } from "../mask.ts";
import type { Attributes, AttributeValue } from "../otlp/model.ts";

/** Keys whose values are secrets by their name. `gen_ai.usage.input_tokens` is none: a token counts only as a whole word. */
const SECRET_KEY =
  /(?:^|[._-])(?:pass(?:word|wd|phrase)?|pwd|secret|secrets|token|auth|authorization|cookie|set-cookie|credentials?|api[_-]?key|apikey|private[_-]?key|access[_-]?key|client[_-]?secret|dsn)$|password|secret|credential|access_?token|refresh_?token/i;

/** Keys whose values are addresses of people: of whoever asked, never of what a service asked itself (`server.address`). */
const PERSONAL_KEY = /^(?:client|source)\.(?:address|socket\.address)$|^(?:http\.client_ip|net\.(?:sock\.)?peer\.(?:ip|addr)|network\.peer\.address)$|\bheader\.(?:x[-_]forwarded[-_]for|x[-_]real[-_]ip|forwarded|cf[-_]connecting[-_]ip)$|^url\.query$/i;

/** A URL, or a path as `http.target` has it, with a query. */
const WITH_QUERY = /^(?:[a-z][a-z\d+.-]{0,20}:\/\/|\/)[^\s?]*\?/i;

/** Secrets inside texts: user and password of a URL, `Bearer ...`, `password=...`, keys and tokens that look like nothing else. Each pattern is linear: no nested repeats. */
const SECRET_TEXT: [RegExp, string][] = [
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/)[^\s/@:]{1,200}:[^\s/@]{1,200}@/gi, `$1${MASK}@`],
  [/\b(bearer|basic) [\w.~+/-]{8,4096}=*/gi, `$1 ${MASK}`],
  [/([?&](?:token|key|sig|signature|code|auth|jwt|sas|session|sid)=)[^&\s"'#)]{1,4096}/gi, `$1${MASK}`],
  [/-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY-----[\w+/=\s\\]{0,8192}(?:-----END [A-Z\d ]{0,40}PRIVATE KEY-----)?/g, MASK],
  [/\beyJ[\w-]{8,4096}(?:\.[\w-]{1,4096}){0,2}/g, MASK],
  // AWS, OpenAI and its like, Stripe, GitHub, GitLab, Slack, Google, npm, Hugging Face: as the Collector knows them.
  [
    /\b(?:A[KS]IA[A-Z\d]{16}|sk-[\w-]{10,200}|[rsp]k_(?:live|test)_\w{8,200}|gh[pousr]_\w{16,200}|github_pat_\w{16,200}|glpat-[\w-]{16,200}|xox[a-z]-[\w-]{10,200}|AIza[\w-]{30,100}|npm_\w{30,100}|hf_\w{30,100})/g,
    MASK,
  ],
  [/\b(password|passwd|pwd|secret|(?:api|access|account|private)_?key|access_?token|refresh_?token)(["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"',;&)}]{1,4096}/gi, `$1$2${MASK}`],
];

/** Takes obvious secrets out of a text. The Collector redacts before; this holds for senders that go around it. */
export function scrubText(text: string): string {
  return evenMasks(SECRET_TEXT.reduce((scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement), text));
}

/** Attributes as plain JSON data: values of keys that name a secret or a person's address masked, texts scrubbed and cut, query strings of URLs dropped. */
export function scrubAttributes(attributes: Attributes, maxTextLength: number): Record<string, AttributeValue> {
  return Object.fromEntries([...attributes].map(([key, value]) => [key, scrubValue(key, value, maxTextLength)]));
}

function scrubValue(key: string, value: AttributeValue, max: number): AttributeValue {
  if (SECRET_KEY.test(key) || PERSONAL_KEY.test(key)) return MASK;
  if (typeof value === "string") return cut(scrubText(WITH_QUERY.test(value) ? withoutQuery(value) : value.slice(0, 2 * max)), max);
  if (Array.isArray(value)) return value.map((item) => scrubValue("", item, max));
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([inner, item]) => [inner, scrubValue(inner, item, max)]));
  return value;
}

/** Query values are the usual place of reset tokens and e-mail addresses. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

/** Cuts a text and says so. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
