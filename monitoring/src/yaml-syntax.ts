import { type Document, LineCounter, parseDocument, visit } from "yaml";

/** What is wrong, and at which line (from 1). */
export type Problem = { line: number; message: string };

/**
 * Reads a text that is to be one document of YAML. Otherwise the first thing that is wrong, since what follows is fallout of it.
 * @param merge whether `<<` puts one map into another
 */
export function parseYaml(text: string, { merge = false } = {}): { document: Document; lines: LineCounter } | { problem: Problem } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge });
  const lineAt = (offset = 0): number => lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken?.code === "MULTIPLE_DOCS") return { problem: { line: lineAt(broken.pos[0]), message: "a second document begins here (---), and only the first is read: put it into a file of its own" } };
  if (broken) return { problem: { line: lineAt(broken.pos[0]), message: `not YAML: ${broken.message.split("\n")[0]}` } };
  let problem: Problem | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      problem = { line: lineAt(alias.range?.[0]), message: `*${alias.source} stands for nothing: give what it means the name &${alias.source}, above` };
      return visit.BREAK;
    },
  });
  return problem ? { problem } : { document, lines };
}
