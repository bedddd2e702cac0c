import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { CannotRun, messageOf } from "../failure.ts";
import { readState, runFolder } from "./run-folder.ts";

/** One command that `pipeline run` takes over its socket. `signal` aborts when the asker is gone. Resolves with the exit code for it. */
export type Command = (input: Record<string, unknown>, say: (line: string) => void, signal: AbortSignal) => Promise<number>;

/** The one line of a question. */
interface Question {
  command: string;
  input: Record<string, unknown>;
}

/** A line of the answer: text to print, or at last the exit code. */
type Line = { line: string } | { exit: number };

const QUESTION_CHARS = 64 * 1024;
const ANSWER_CHARS = 16 * 1024 * 1024;

/** What takes commands. */
export interface Control {
  /** Ends it, and what is being answered. */
  close(): void;
}

/**
 * Takes commands on a Unix socket: one line of JSON in, lines of JSON out. Not HTTP: what Node loads for that would be a fifth of this process.
 * @throws CannotRun when somebody else listens there.
 */
export async function serveControl(socket: string, commands: Record<string, Command>): Promise<Control> {
  if (await isAlive(socket)) throw new CannotRun(`${socket}: another \`pipeline run\` uses this run folder. Give this one its own with --run-dir.`);
  rmSync(socket, { force: true });
  const open = new Set<Socket>();
  const server = createServer((asker) => {
    open.add(asker);
    const gone = new AbortController();
    asker.on("error", () => undefined).on("close", () => {
      open.delete(asker);
      gone.abort();
    });
    onLines(asker, QUESTION_CHARS, (line) => void answer(line, commands, (each) => void (asker.writable && asker.write(`${JSON.stringify(each)}\n`)), gone.signal).then(() => asker.end()));
  });
  await listen(server, socket);
  return {
    close() {
      for (const asker of open) asker.destroy();
      server.close();
    },
  };
}

async function answer(question: string, commands: Record<string, Command>, write: (line: Line) => void, gone: AbortSignal): Promise<void> {
  try {
    const { command, input } = JSON.parse(question) as Question;
    const run = commands[command];
    if (run === undefined) throw new Error(`no command ${command}`);
    write({ exit: await run(input, (line) => write({ line }), gone) });
  } catch (error) {
    write({ line: messageOf(error) });
    write({ exit: 2 });
  }
}

async function listen(server: Server, socket: string): Promise<void> {
  // Only this user may command: the folder is theirs alone, and so is the socket.
  const mask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  } catch (error) {
    throw new CannotRun(`${socket}: cannot be listened on (${messageOf(error)}). Choose another folder with --run-dir.`);
  } finally {
    process.umask(mask);
  }
}

/** Calls for each whole line. One of more characters than `most` ends it. */
function onLines(socket: Socket, most: number, take: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > most) socket.destroy();
    lines.forEach(take);
  });
}

const isAlive = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = connect(socket);
    const end = (is: boolean) => (): void => {
      asking.destroy();
      resolve(is);
    };
    asking.once("connect", end(true)).once("error", end(false));
  });

/**
 * Gives a command to the `pipeline run` of a folder; each line of the answer as it comes. Resolves with the exit code.
 * @throws CannotRun when none runs there, or when it ends before it has answered.
 */
export async function command(givenFolder: string | undefined, name: string, input: Record<string, unknown>, onLine: (line: string) => void, signal?: AbortSignal): Promise<number> {
  const folder = runFolder(givenFolder);
  const state = readState(folder);
  const absent = `No \`pipeline run\` is running in ${folder}. Start the Collector with \`pipeline run\` (\`npm start\` does), or say where with --run-dir.`;
  if (state === undefined) throw new CannotRun(absent);
  return await new Promise<number>((resolve, reject) => {
    const asking = connect(state.socket);
    const breakOff = (): void => void asking.destroy();
    signal?.addEventListener("abort", breakOff);
    let isConnected = false;
    asking.once("connect", () => {
      isConnected = true;
      asking.write(`${JSON.stringify({ command: name, input } satisfies Question)}\n`);
    });
    onLines(asking, ANSWER_CHARS, (line) => {
      const told = JSON.parse(line) as Line;
      if ("exit" in told) resolve(told.exit);
      else onLine(told.line);
    });
    asking.on("error", () => undefined);
    asking.once("close", () => {
      signal?.removeEventListener("abort", breakOff);
      reject(new CannotRun(isConnected ? "`pipeline run` ended before it had answered; its own output says why." : absent));
    });
    if (signal?.aborted) breakOff();
  });
}
