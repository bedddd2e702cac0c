/** Environment variables by name, as `process.env`. */
export type Environment = Record<string, string | undefined>;

// $$ is the Collector's way to write a dollar sign. `${NAME}` without a scheme is an environment variable as well.
export const USE = /\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** `text` with its variables filled in; those that are not set stay as they are. */
export const fillIn = (text: string, env: Environment): string =>
  text.replace(USE, (use, name?: string, fallback?: string) => (use === "$$" ? "$" : name === undefined ? use : (env[name] || fallback) ?? use));
