import { createColors } from "picocolors";

/** What the stack says to a person: short lines on stdout, with colours only on a terminal. */
export interface Terminal {
  colors: ReturnType<typeof createColors>;
  line: (text?: string) => void;
  /** `name  text`, aligned with other such lines. */
  item: (name: string, text: string) => void;
  warn: (text: string) => void;
  error: (text: string) => void;
}

export function terminal(stream: NodeJS.WriteStream = process.stdout): Terminal {
  const colors = createColors(stream.isTTY === true && !process.env["NO_COLOR"]);
  const line = (text = ""): void => void stream.write(`${text}\n`);
  // A closed pipe (npm start | head) must not end the stack.
  stream.on("error", () => undefined);
  return {
    colors,
    line,
    item: (name, text) => line(`  ${name.padEnd(17)} ${text}`),
    warn: (text) => line(`${colors.yellow("!")} ${text}`),
    error: (text) => line(`${colors.red("error:")} ${text}`),
  };
}

/** How often a long step says that it still runs, in ms. */
const stillRunning_ms = 10_000;

/** Runs a step of the set-up; when it takes long, says so every ten seconds with the time that has passed. */
export async function step<Result>(out: Terminal, name: string, doing: string, work: () => Promise<Result>): Promise<{ result: Result; took_s: number }> {
  const begun = Date.now();
  const passed_s = (): number => Math.round((Date.now() - begun) / 1000);
  out.item(name, doing);
  const timer = setInterval(() => out.item(name, `${doing} (${passed_s()} s)`), stillRunning_ms);
  try {
    return { result: await work(), took_s: passed_s() };
  } finally {
    clearInterval(timer);
  }
}
