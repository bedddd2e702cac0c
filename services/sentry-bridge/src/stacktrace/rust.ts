import { type Chain, type ChainLink, countFrames, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH, splitLocation } from "./frame.ts";

/** The thread is named by the default hook, not by `PanicHookInfo` itself. */
const PANIC = /^(?:thread '[^'\n]{0,200}'(?: \(\d{1,12}\))? )?panicked at (.{1,4000}):$/;
/** Before Rust 1.73 the message stood on the first line. */
const OLD_PANIC = /^thread '[^'\n]{0,200}' panicked at '(.*)', (.{1,4000})$/s;
const FRAME = /^\s{0,6}(\d{1,5}): (?:\s{0,8}0x[\da-f]{1,16} - )?(.+)$/;
const DECORATION = /^(?:stack backtrace:|Stack backtrace:|note: .*RUST_BACKTRACE.*|\s*\[\.\.\. omitted \d+ frames? \.\.\.\])$/;

const HOOKED = /^std::panicking::(?:rust_)?panic_with_hook/;

interface Raw {
  name: string;
  location: string;
}

/** A panic's text and `std::backtrace::Backtrace` as printed (doc.rust-lang.org/std/backtrace); also what `anyhow` prints with `{:?}`. */
export function readRust(text: string, message: string): Chain {
  if (!text.includes("panicked at") && !/^\s{0,6}0: /m.test(text)) return NOTHING;
  const raws: Raw[] = [];
  const headerLines: string[] = [];
  const causes: string[] = [];
  let panicAt: string | undefined;
  let part: "header" | "causes" | "frames" = "header";
  let unexplained = 0;
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const bounded = line.slice(0, MAX_FRAME_LINE_LENGTH);
    const panic = part === "header" && panicAt === undefined ? (PANIC.exec(bounded) ?? OLD_PANIC.exec(bounded)) : null;
    if (panic) {
      panicAt = panic[2] ?? panic[1]!;
      if (panic[2] !== undefined) headerLines.push(panic[1]!);
    } else if (DECORATION.test(bounded)) {
      if (/^s?S?tack backtrace:/.test(line)) part = "frames";
    } else if (line === "Caused by:" && part === "header") part = "causes";
    else if (part === "causes" && line !== "") causes.push(line.trim().replace(/^\d{1,3}: /, ""));
    else if (FRAME.test(bounded) && (part === "frames" || ((panicAt !== undefined || headerLines.length === 0) && bounded.trim().startsWith("0: ")))) {
      part = "frames";
      raws.push({ name: FRAME.exec(bounded)![2]!, location: "" });
    } else if (part === "frames" && /^\s{4,60}at ./.test(bounded) && raws.at(-1)?.location === "") raws.at(-1)!.location = bounded.trim().slice(3);
    else if (part === "header") headerLines.push(line);
    else if (line !== "") unexplained++;
  }
  // What a panic hook calls to take the backtrace is not the way to the panic.
  const frames = raws.slice(Math.max(0, raws.findIndex(({ name }) => HOOKED.test(name)))).map(rustFrame);
  if (frames.length === 0 && panicAt !== undefined) frames.push(rustFrame({ name: "", location: panicAt }));
  if (frames.length === 0) return NOTHING;
  const value = headerLines.join("\n").trim();
  if (panicAt === undefined && value !== "" && value !== message.trim()) unexplained += headerLines.filter((line) => line !== "").length;
  const links: ChainLink[] = [{ header: panicAt === undefined ? undefined : { type: "panic", value }, frames, parent: -1, source: "" }];
  for (const [i, cause] of causes.slice(0, 49).entries()) links.push({ header: { type: "Error", value: cause }, frames: [], parent: i, source: "cause" });
  return { links, frameCount: countFrames(links), unexplained: unexplained + Math.max(0, causes.length - 49) };
}

function rustFrame({ name, location }: Raw): Frame {
  const { file, line, column } = splitLocation(location);
  // Hashes change with every build: `::h0123456789abcdef` of the old mangling, `crate[0123456789abcdef]` of the new.
  const clean = name.replace(/::h[\da-f]{16}$/, "").replace(/\[[\da-f]{6,16}\](?=::)/g, "");
  const library = /^\/rustc\/[\da-f]{1,64}\/(.*)$/.exec(file)?.[1] ?? /[\\/]registry[\\/]src[\\/][^\\/]{1,200}[\\/](.*)$/.exec(file)?.[1];
  return codeFrame("rust", {
    function: clean,
    path: file,
    filename: library ?? file.replace(/^\.\//, ""),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    owner: clean,
  });
}
