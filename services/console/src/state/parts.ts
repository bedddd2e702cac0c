import { readFile } from "node:fs/promises";

export type Part = { name: string; state: "starting" | "ready" | "restarting" | "failed" | "stopped"; url?: string; pid?: number; restarts?: number; since?: string; message?: string };

/** `problem` says why `parts` may be empty or old. */
export type PartsState = { parts: Part[]; links: { name: string; url: string }[]; ready: boolean; problem?: string };

/** Reads the file in which the process that started everything keeps the state of each part. Never throws. */
export async function readParts(file: string | undefined): Promise<PartsState> {
  const nothing = { parts: [], links: [], ready: false };
  if (file === undefined) return { ...nothing, problem: "PARTS_FILE is not set, so the state of the parts is not known. `npm start` sets it." };
  try {
    const state = JSON.parse(await readFile(file, "utf8")) as Partial<PartsState>;
    if (!Array.isArray(state.parts)) throw new Error("it has no list named parts");
    return { parts: state.parts, links: Array.isArray(state.links) ? state.links.filter((link) => /^https?:/.test(link.url)) : [], ready: state.ready === true };
  } catch (error) {
    return { ...nothing, problem: `The state of the parts cannot be read from ${file} (PARTS_FILE): ${(error as Error).message}` };
  }
}
