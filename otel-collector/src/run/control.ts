import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { CannotRun, messageOf } from "../failure.ts";
import { readState, runFolder } from "./run-folder.ts";

/** One command that `pipeline run` takes over its socket. `signal` aborts when the asker is gone. Resolves with the exit code for it. */
export type Command = (input: Record<string, unknown>, say: (line: string) => void, signal: AbortSignal) => Promise<number>;

/** A line of the answer: text to print, or at last the exit code. */
type Line = { line: string } | { exit: number };

const INPUT_BYTES = 64 * 1024;

/** Takes commands on a Unix socket, as POST /<command> with a JSON body. @throws CannotRun when somebody else listens there. */
export async function serveControl(socket: string, commands: Record<string, Command>): Promise<Server> {
  if (await isAlive(socket)) throw new CannotRun(`${socket}: another \`pipeline run\` uses this run folder. Give this one its own with --run-dir.`);
  rmSync(socket, { force: true });
  const server = createServer((incoming, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const write = (line: Line): void => void response.write(`${JSON.stringify(line)}\n`);
    void (async () => {
      const command = commands[(incoming.url ?? "").slice(1)];
      if (command === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders();
      const exit = await command(await inputOf(incoming), (line) => write({ line }), gone.signal).catch((error: unknown) => {
        write({ line: messageOf(error) });
        return 2;
      });
      write({ exit });
      response.end();
    })().catch(() => response.destroy());
  });
  // Only this user may command: the folder is theirs alone, and so is the socket.
  const mask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  } catch (error) {
    throw new CannotRun(`${socket}: cannot be listened on (${messageOf(error)}). Choose another folder with --run-dir.`);
  } finally {
    process.umask(mask);
  }
  return server;
}

async function inputOf(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of incoming) {
    text += String(chunk);
    if (text.length > INPUT_BYTES) throw new Error("too long a command");
  }
  return JSON.parse(text || "{}") as Record<string, unknown>;
}

const isAlive = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    request({ socketPath: socket, path: "/", method: "GET", timeout: 2_000 }, (response) => {
      response.resume();
      resolve(true);
    })
      .on("error", () => resolve(false))
      .end();
  });

/**
 * Gives a command to the `pipeline run` of a folder; each line of the answer as it comes. Resolves with the exit code.
 * @throws CannotRun when none runs there, or when it ends before it has answered.
 */
export async function command(givenFolder: string | undefined, name: string, input: object, onLine: (line: string) => void, signal?: AbortSignal): Promise<number> {
  const folder = runFolder(givenFolder);
  const state = readState(folder);
  const absent = `No \`pipeline run\` is running in ${folder}. Start the Collector with \`pipeline run\` (\`npm start\` does), or say where with --run-dir.`;
  if (state === undefined) throw new CannotRun(absent);
  return await new Promise<number>((resolve, reject) => {
    const asking = request({ socketPath: state.socket, path: `/${name}`, method: "POST", ...(signal ? { signal } : {}) }, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const answer = JSON.parse(line) as Line;
          if ("exit" in answer) resolve(answer.exit);
          else onLine(answer.line);
        }
      });
      response.on("close", () => reject(new CannotRun("`pipeline run` ended before it had answered; its own output says why.")));
    });
    asking.on("error", (error) => reject(signal?.aborted ? error : new CannotRun(absent)));
    asking.end(JSON.stringify(input));
  });
}
