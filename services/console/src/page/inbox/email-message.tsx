import { useState } from "react";
import type { RawMail } from "../../receivers/mail.ts";
import { ChoiceBar } from "../ui/choice-bar.tsx";
import { KeyValues } from "../ui/key-values.tsx";

/** A mail as a mail program shows it. Its HTML gets no script, no address of this page and nothing from the network. */
export function EmailMessage({ mail }: { mail: RawMail }) {
  const [view, setView] = useState<"html" | "text">(mail.html ? "html" : "text");
  return (
    <div className="email">
      <KeyValues
        pairs={[
          ["From", mail.from],
          ["To", mail.to.join(", ")],
          ["Date", mail.date && new Date(mail.date).toLocaleString()],
          ["Attachments", mail.attachments.map((each) => `${each.name} (${each.bytes} bytes)`).join(", ")],
        ]}
      />
      {mail.html && mail.text && <ChoiceBar<"html" | "text"> label="Form of the mail" value={view} choices={[{ value: "html", label: "HTML" }, { value: "text", label: "Text" }]} onChange={setView} />}
      {view === "html" && mail.html ? (
        <iframe className="email-html" title={`Mail: ${mail.subject}`} sandbox="allow-popups allow-popups-to-escape-sandbox" srcDoc={isolate(mail.html)} />
      ) : (
        <pre className="email-text">{mail.text ?? "(no text)"}</pre>
      )}
    </div>
  );
}

function isolate(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><meta name="color-scheme" content="light">${html}`;
}
