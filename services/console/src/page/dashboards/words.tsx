import { marked } from "marked";

/** Markdown of a text panel. Raw HTML in it is shown as text: a dashboard may come from anywhere. */
export function Words({ text }: { text: string }) {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return <div className="panel-words" dangerouslySetInnerHTML={{ __html: marked.parse(safe, { async: false }) }} />;
}
