import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "./stack.ts";

export interface OwnService {
  url: string;
  output: () => string;
  stop: () => Promise<number | null>;
  /** Its exit code, when all that it printed is in `output`. */
  exited: Promise<number | null>;
}

/** Runs the fixture service as a user would: their app, `NODE_OPTIONS`, and the `OTEL_*` variables of their choice. */
export async function ownService(env: NodeJS.ProcessEnv): Promise<OwnService> {
  const child = spawn(process.execPath, [join(repository, "test/fixtures/own-service/app.mjs")], {
    cwd: repository,
    env: { ...process.env, NODE_OPTIONS: "--import @helloagents/telemetry-node/register", OTEL_BSP_SCHEDULE_DELAY: "200", OTEL_BLRP_SCHEDULE_DELAY: "200", OTEL_METRIC_EXPORT_INTERVAL: "1000", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  const port = await new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = /listening on (\d+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    void exited.then(() => reject(new Error(`the service ended before it listened:\n${text}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => text,
    exited,
    stop: async () => {
      child.kill("SIGTERM");
      return await exited;
    },
  };
}
