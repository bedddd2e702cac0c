/** What the log told of sends that failed, by exporter and signal: `otlp_http/vendor traces`. */
export interface Failures {
  /** Takes a piece of the log. */
  read(text: string): void;
  /** The last failure of each since `time` (ms since 1970), in the Collector's words. */
  since(time: number): Map<string, string>;
}

/** Of `Exporting failed. Will retry ...` and `Exporting failed. Dropping data.`, in the Collector's console and JSON encodings. */
export function failureReader(now = Date.now): Failures {
  const last = new Map<string, { time: number; error: string }>();
  let rest = "";
  return {
    read(text) {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-16 * 1024);
      for (const line of lines) {
        if (!line.includes("Exporting failed")) continue;
        const id = /"otelcol\.component\.id":\s*"([^"]+)"/.exec(line)?.[1];
        const error = /"error":\s*"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
        const signal = /"otelcol\.signal":\s*"([a-z]+)"/.exec(line)?.[1] ?? "";
        if (id !== undefined) last.set(`${id} ${signal}`, { time: now(), error: (error ?? "no reason given").replaceAll('\\"', '"').slice(0, 300) });
      }
    },
    since: (time) => new Map([...last].filter(([, failure]) => failure.time >= time).map(([id, { error }]) => [id, error])),
  };
}
