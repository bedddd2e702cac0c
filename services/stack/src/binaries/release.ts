import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { runCommand } from "../run-command.ts";
import { messageOf, rootCause } from "../user-error.ts";
import type { Component } from "./catalogue.ts";

/** An offline machine must fail quickly; a slow line may take its time once data flows. */
const answer_ms = 5_000;
const download_ms = 300_000;
const maxArchive_bytes = 500 * 1024 * 1024;

const architectures: Record<string, string> = { x64: "amd64", arm64: "arm64", arm: "armv7", ia32: "386" };

/**
 * Downloads the official release archive of the pinned version into `folder`, checks it against the release's list of SHA-256 sums and unpacks it.
 * Returns the folder that holds the binaries. Rejects with the reason.
 */
export async function downloadRelease(component: Component, folder: string, baseUrl: string): Promise<string> {
  const { release } = component;
  const archive = release.archive(platform(), architectures[arch()] ?? arch());
  const address = `${baseUrl.replace(/\/$/, "")}/${release.folder}`;
  const sums = (await get(`${address}/${release.checksums}`, answer_ms)).toString();
  const expected = sumOf(sums, archive);
  if (expected === undefined) throw new Error(`${release.checksums} does not list ${archive}`);
  const bytes = await get(`${address}/${archive}`, download_ms);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Error(`${archive} has the SHA-256 sum ${actual}, the release names ${expected}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, archive), bytes);
  const unpacked = await runCommand("tar", ["-xzf", archive], { cwd: folder, timeout_ms: download_ms });
  if (!unpacked.ok) throw new Error(`${archive} cannot be unpacked: ${unpacked.output.trim() || unpacked.ended}`);
  const inner = readdirSync(folder, { withFileTypes: true }).find((entry) => entry.isDirectory());
  return inner === undefined ? folder : join(folder, inner.name);
}

/** The sum of one file in a list as sha256sum(1) writes it. */
function sumOf(list: string, file: string): string | undefined {
  const lines = list.split("\n").map((line) => line.trim().split(/\s+\*?/));
  return lines.find(([sum, name]) => name === file && /^[\da-f]{64}$/.test(sum ?? ""))?.[0];
}

async function get(url: string, whole_ms: number): Promise<Buffer> {
  const abort = new AbortController();
  const giveUp = (after_ms: number): NodeJS.Timeout => setTimeout(() => abort.abort(new Error(`no answer within ${after_ms / 1000} s`)), after_ms);
  let timer = giveUp(answer_ms);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
    clearTimeout(timer);
    timer = giveUp(whole_ms);
    const chunks: Uint8Array[] = [];
    let size_bytes = 0;
    for await (const chunk of response.body) {
      size_bytes += chunk.length;
      if (size_bytes > maxArchive_bytes) throw new Error(`longer than ${maxArchive_bytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new Error(`${url}: ${messageOf(rootCause(error))}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
