import type { ReactNode } from "react";

const EMOJI: Record<string, string> = {
  fire: "🔥", warning: "⚠️", rotating_light: "🚨", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", bell: "🔔", no_bell: "🔕",
  information_source: "ℹ️", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  book: "📖", notebook: "📓", chart_with_upwards_trend: "📈", bar_chart: "📊", mag: "🔍", link: "🔗", eyes: "👀", tada: "🎉", rocket: "🚀", zap: "⚡",
};

// In the order in which Slack lets them win: code keeps everything in it as it is.
const TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\s|][^<>|]*)(?:\|([^<>]*))?>|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?!\w)|(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)|(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)|:([a-z0-9_+-]+):/g;

/** Slack's mrkdwn as elements. Source: Slack's docs, "Formatting text for app surfaces". */
export function SlackText({ text }: { text: string }) {
  return <>{render(text)}</>;
}

function render(text: string): ReactNode[] {
  const nodes: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > at) nodes.push(unescape(text.slice(at, match.index)));
    nodes.push(token(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(unescape(text.slice(at)));
  return nodes;
}

function token(match: RegExpExecArray): ReactNode {
  const [whole, block, code, target, label, bold, italic, struck, emoji] = match;
  const key = match.index;
  if (block !== undefined) return <pre key={key}>{unescape(block.replace(/^\n/, ""))}</pre>;
  if (code !== undefined) return <code key={key}>{unescape(code)}</code>;
  if (bold !== undefined) return <strong key={key}>{render(bold)}</strong>;
  if (italic !== undefined) return <em key={key}>{render(italic)}</em>;
  if (struck !== undefined) return <s key={key}>{render(struck)}</s>;
  if (emoji !== undefined) return EMOJI[emoji] ?? whole;
  return link(key, target ?? "", label);
}

/** `<address|words>`, `<!channel>`, `<@user>`, `<#channel>`. */
function link(key: number, target: string, label: string | undefined): ReactNode {
  if (/^(https?:\/\/|mailto:)/.test(target)) return <a key={key} href={unescape(target)} rel="noreferrer">{unescape(label ?? target)}</a>;
  if (/^[!@#]/.test(target)) return <span key={key} className="slack-mention">{label ?? target.replace("!", "@")}</span>;
  return `<${target}${label === undefined ? "" : `|${label}`}>`;
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
