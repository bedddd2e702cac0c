import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Marked } from "marked";

const NAME = /^[A-Za-z0-9][\w-]{0,99}$/;
const MAX_BYTES = 256 * 2 ** 10;

/** Names of the runbooks there are, sorted; empty when the folder is missing. */
export async function listRunbooks(dir: string): Promise<string[]> {
  const files = await readdir(dir).catch(() => []);
  return files.flatMap((file) => (file.endsWith(".md") && NAME.test(file.slice(0, -3)) ? [file.slice(0, -3)] : [])).sort();
}

/** The runbook as HTML that is safe to put into a page; undefined when there is none of that name. */
export async function readRunbook(dir: string, name: string): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined;
  try {
    const source = await readFile(join(dir, `${name}.md`), "utf8");
    return renderMarkdown(source.slice(0, MAX_BYTES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** GitHub-flavoured Markdown to HTML: raw HTML is shown as text, links and images only lead to http(s), mail or this page. */
export function renderMarkdown(source: string): string {
  const marked = new Marked({ gfm: true, async: false });
  const slugs = new Map<string, number>();
  marked.use({
    renderer: {
      html: ({ text }) => escapeHtml(text),
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        return isSafe(href) ? `<a href="${escapeHtml(href)}"${/^https?:/i.test(href) ? ' rel="noreferrer"' : ""}>${words}</a>` : words;
      },
      image: ({ href, text }) => (isSafe(href) ? `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">` : escapeHtml(text)),
      heading({ tokens, depth, text }) {
        const slug = text.toLowerCase().replace(/[^\w -]/g, "").trim().replaceAll(" ", "-");
        const uses = slugs.get(slug) ?? 0;
        slugs.set(slug, uses + 1);
        return `<h${depth} id="${slug}${uses > 0 ? `-${uses}` : ""}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  // A wide table scrolls in itself, not with the page.
  return (marked.parse(source) as string).replaceAll("<table>", '<div class="table-scroll" tabindex="0"><table>').replaceAll("</table>", "</table></div>");
}

/** Without a scheme, or one of the harmless ones. Control characters and blanks, which browsers skip, are skipped first. */
function isSafe(href: string): boolean {
  const scheme = /^([^/?#:]*):/.exec(href.replace(/[\p{Cc}\s]/gu, ""))?.[1];
  return scheme === undefined || ["http", "https", "mailto"].includes(scheme.toLowerCase());
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
