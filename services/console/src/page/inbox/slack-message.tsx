import { SlackText } from "./slack-text.tsx";

type Json = Record<string, unknown>;

/** A webhook message as Slack shows it: sender, text, attachments with their coloured bar, fields and buttons. */
export function SlackMessage({ message, time }: { message: Json; time: string }) {
  const name = text(message["username"]) ?? "incoming-webhook";
  return (
    <div className="slack">
      <span className="slack-avatar" aria-hidden="true">{name.slice(0, 1).toUpperCase()}</span>
      <div className="slack-body">
        <div className="slack-sender">
          <strong>{name}</strong> <span className="slack-app">APP</span> <time dateTime={time}>{new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}</time>
        </div>
        {text(message["text"]) && <div className="slack-text"><SlackText text={text(message["text"]) ?? ""} /></div>}
        {list(message["blocks"]).map((block, index) => <Block key={index} block={block} />)}
        {list(message["attachments"]).map((attachment, index) => <Attachment key={index} attachment={attachment} />)}
      </div>
    </div>
  );
}

const COLOURS: Record<string, string> = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

function Attachment({ attachment }: { attachment: Json }) {
  const colour = text(attachment["color"]) ?? "";
  const title = text(attachment["title"]);
  const address = safeLink(attachment["title_link"]);
  return (
    <>
      {text(attachment["pretext"]) && <div className="slack-text"><SlackText text={text(attachment["pretext"]) ?? ""} /></div>}
      <div className="slack-attachment" style={{ borderLeftColor: COLOURS[colour] ?? (/^#[0-9a-f]{3,8}$/i.test(colour) ? colour : undefined) }}>
        {text(attachment["author_name"]) && <div className="slack-author">{text(attachment["author_name"])}</div>}
        {title && <div className="slack-title">{address ? <a href={address} rel="noreferrer"><SlackText text={title} /></a> : <SlackText text={title} />}</div>}
        {text(attachment["text"]) && <div className="slack-text"><SlackText text={text(attachment["text"]) ?? ""} /></div>}
        <Fields fields={list(attachment["fields"])} />
        <Actions actions={list(attachment["actions"])} />
        {text(attachment["footer"]) && <div className="slack-footer">{text(attachment["footer"])}</div>}
      </div>
    </>
  );
}

function Fields({ fields }: { fields: Json[] }) {
  if (fields.length === 0) return null;
  return (
    <div className="slack-fields">
      {fields.map((field, index) => (
        <div key={index} className={field["short"] === true ? "slack-field-short" : "slack-field"}>
          <div className="slack-field-title">{text(field["title"])}</div>
          <SlackText text={text(field["value"]) ?? ""} />
        </div>
      ))}
    </div>
  );
}

function Actions({ actions }: { actions: Json[] }) {
  const links = actions.flatMap((action) => {
    const url = safeLink(action["url"]);
    return url ? [{ url, label: text(action["text"]) ?? url }] : [];
  });
  if (links.length === 0) return null;
  return <div className="slack-actions">{links.map(({ url, label }) => <a key={url} href={url} rel="noreferrer"><SlackText text={label} /></a>)}</div>;
}

/** The blocks that messages to people mostly consist of; others are in the raw JSON. */
function Block({ block }: { block: Json }) {
  const words = text((block["text"] as Json | undefined)?.["text"]);
  if (block["type"] === "divider") return <hr />;
  const fields = list(block["fields"]).map((field) => ({ value: field["text"], short: true }));
  return (
    <>
      {words && <div className={block["type"] === "header" ? "slack-header" : "slack-text"}><SlackText text={words} /></div>}
      <Fields fields={fields} />
    </>
  );
}

function safeLink(value: unknown): string | undefined {
  return typeof value === "string" && /^https?:\/\//.test(value) ? value : undefined;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
