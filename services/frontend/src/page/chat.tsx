import { useState, type FormEvent, type KeyboardEvent } from "react";
import { api, type ChatMessage } from "./api.ts";
import { messageOf, Problem } from "./feedback.tsx";
import { MessageText } from "./message-text.tsx";

const maxHistory = 20;
const starters = {
  general: ["Write a function that sorts names", "What is a closure?", "Why would a loop never end?"],
  code: ["Explain what this code does", "What could go wrong here?", "Write a test for it"],
};

/** The conversation with the assistant. With `code`, the first question carries the code that is open. */
export function Chat({ code }: { code?: string }) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [draft, setDraft] = useState("");
  const [waiting, setWaiting] = useState(false);
  const [problem, setProblem] = useState("");

  async function ask(history: ChatMessage[]): Promise<void> {
    setMessages(history);
    setWaiting(true);
    setProblem("");
    try {
      setMessages([...history, await api.ask(withCode(history.slice(-maxHistory), code))]);
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setWaiting(false);
    }
  }

  function send(text: string): void {
    if (text.trim() === "" || waiting) return;
    setDraft("");
    void ask([...messages, { role: "user", content: text.trim() }]);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send(draft);
  }

  return (
    <div className="chat">
      <div className="messages" role="log" aria-label="Conversation">
        {messages.length === 0 && (
          <div className="chat-start">
            <h2>What are you working on?</h2>
            <p className="fine">{code === undefined ? "Ask anything about JavaScript." : "The assistant sees the code that is open."}</p>
            <div className="starters">
              {starters[code === undefined ? "general" : "code"].map((text) => (
                <button key={text} type="button" className="button" onClick={() => send(text)}>
                  {text}
                </button>
              ))}
            </div>
          </div>
        )}
        {messages.map(({ role, content }, index) => (
          <div key={index} className={`message message-${role}`}>
            <span className="visually-hidden">{role === "user" ? "You: " : "Assistant: "}</span>
            <MessageText text={content} />
          </div>
        ))}
        {waiting && (
          <div className="message message-assistant thinking" role="status">
            <span className="visually-hidden">The assistant is writing</span>
            <i />
            <i />
            <i />
          </div>
        )}
        {problem !== "" && <Problem title="No answer" message={problem} onRetry={() => void ask(messages)} />}
        <div key={`${messages.length} ${waiting}`} ref={scrollTo} />
      </div>
      <form
        className="composer"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          send(draft);
        }}
      >
        <textarea className="input" rows={2} aria-label="Message to the assistant" placeholder="Ask the assistant" maxLength={8_000} value={draft} onChange={(event) => setDraft(event.target.value)} onKeyDown={onKeyDown} />
        <button type="submit" className="button button-primary" disabled={waiting || draft.trim() === ""}>
          Send
        </button>
      </form>
    </div>
  );
}

/** A new element at the end comes into sight once. */
function scrollTo(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function withCode(history: ChatMessage[], code: string | undefined): ChatMessage[] {
  const [first, ...rest] = history;
  if (!code || first?.role !== "user") return history;
  return [{ role: "user", content: `${first.content}\n\nThe code that is open:\n\`\`\`js\n${code.slice(0, 16_000)}\n\`\`\`` }, ...rest];
}
