import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../binaries.ts";

/** What became of the cases of one file. `failures`: by case, what promtool says. `broken`: the file or its rules could not be read. */
export type Outcome = { file: string; cases: { name: string; failure: string | undefined }[]; broken: string | undefined };

/** Runs case files in one promtool, in the order given. */
export async function runPromtool(files: readonly string[]): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "promtool-"));
  const junit = join(folder, "junit.xml");
  try {
    const output = await new Promise<string>((done) => {
      execFile(findProgram("promtool"), ["test", "rules", `--junit=${junit}`, ...files], { maxBuffer: 64 << 20 }, (_error, stdout, stderr) => done(stdout + stderr));
    });
    let text: string;
    try {
      text = readFileSync(junit, "utf8");
    } catch (error) {
      throw new Error(`promtool gave no report: ${output.trim().slice(0, 2000)}`, { cause: error });
    }
    return suitesOf(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** promtool's JUnit report: a suite for each file, a case for each case. */
function suitesOf(xml: string): Outcome[] {
  return [...xml.matchAll(/<testsuite name="([^"]*)"[^>]*>([\s\S]*?)<\/testsuite>/g)].map(([, file, body]) => ({
    file: unescape(file!),
    cases: [...body!.matchAll(/<testcase name="([^"]*)">([\s\S]*?)<\/testcase>/g)].map(([, name, inside]) => ({ name: unescape(name!), failure: messagesIn(inside!, "failure") })),
    broken: messagesIn(body!, "error"),
  }));
}

function messagesIn(body: string, tag: "failure" | "error"): string | undefined {
  const found = [...body.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, "g"))].map(([, text]) => unescape(text!));
  return found.length > 0 ? found.join("\n") : undefined;
}

function unescape(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replaceAll(/&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));/g, (_, decimal?: string, hex?: string, name?: string) => (name ? (named[name] ?? "") : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex!, 16))));
}
