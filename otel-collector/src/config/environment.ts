/** Environment variables by name, as `process.env`. */
export type Environment = Record<string, string | undefined>;

// A default may hold variables itself, as in ${env:A:-${env:B:-value}}.
const DEFAULT = String.raw`(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*`;

/** `$$` is the Collector's way to write a dollar sign. `${NAME}` without a scheme is an environment variable as well. Groups: name, default. */
export const USE = new RegExp(String.raw`\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(${DEFAULT}))?\}`, "g");

/** `text` with its variables filled in; those that are not set stay as they are. */
export const fillIn = (text: string, env: Environment): string =>
  text.replace(USE, (use, name?: string, fallback?: string) => {
    if (use === "$$") return "$";
    return (name !== undefined && env[name]) || (fallback === undefined ? use : fillIn(fallback, env));
  });
