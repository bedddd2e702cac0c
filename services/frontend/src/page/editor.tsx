import { useState, type KeyboardEvent } from "react";
import { api, ApiError, type Execution, type Project } from "./api.ts";
import { Chat } from "./chat.tsx";
import { CodeField } from "./code-field.tsx";
import { messageOf, Problem, Spinner, useLoaded } from "./feedback.tsx";
import { Output } from "./output.tsx";
import { Link } from "./router.tsx";

export function Editor({ id }: { id: string }) {
  const [project, reload] = useLoaded(() => api.project(id));
  if (project.state === "loading") return <Spinner label="Loading the project" />;
  if (project.state === "failed") return <Problem title="This project could not be opened" message={project.message} onRetry={reload} />;
  return <Workbench initial={project.value} />;
}

/** `saved` is what the server has; the difference to the draft is what "Save" sends. */
function Workbench({ initial }: { initial: Project }) {
  const [saved, setSaved] = useState(initial);
  const [draft, setDraft] = useState(initial);
  const [saving, setSaving] = useState(false);
  const [running, setRunning] = useState(false);
  const [execution, setExecution] = useState<Execution | undefined>();
  const [problem, setProblem] = useState("");
  const [chatOpen, setChatOpen] = useState(false);
  const dirty = draft.code !== saved.code || draft.name !== saved.name;

  async function save(): Promise<void> {
    setSaving(true);
    setProblem("");
    try {
      await api.saveProject({ ...draft, name: draft.name.trim() || "Untitled" });
      setSaved(draft);
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setSaving(false);
    }
  }

  async function run(): Promise<void> {
    if (running) return;
    setRunning(true);
    setProblem("");
    try {
      setExecution(await api.run(draft.code, draft.id));
    } catch (error) {
      setProblem(error instanceof ApiError && error.status === 429 ? "Too many runs in a short time. Wait a moment and run again." : messageOf(error));
    } finally {
      setRunning(false);
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key !== "Enter" && event.key !== "s") return;
    event.preventDefault();
    void (event.key === "s" ? save() : run());
  }

  return (
    <div className="workbench" onKeyDown={onKeyDown}>
      <div className="bar">
        <Link href="/" className="button button-quiet" aria-label="Back to projects">
          ←
        </Link>
        <input className="input title-input" aria-label="Project name" maxLength={80} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        <span className="fine bar-state" aria-live="polite">
          {saving ? "Saving…" : dirty ? "Not saved" : "Saved"}
        </span>
        <div className="bar-actions">
          <button type="button" className="button" aria-pressed={chatOpen} onClick={() => setChatOpen(!chatOpen)}>
            Assistant
          </button>
          <button type="button" className="button" disabled={!dirty || saving} onClick={() => void save()}>
            Save
          </button>
          <button id="run" type="button" className="button button-primary" disabled={running} onClick={() => void run()} title="Ctrl + Enter">
            {running ? "Running…" : "Run"}
          </button>
        </div>
      </div>
      {problem !== "" && <Problem title="That did not work" message={problem} />}
      <div className={chatOpen ? "panes panes-chat" : "panes"}>
        <CodeField value={draft.code} onChange={(value) => setDraft({ ...draft, code: value })} />
        <Output execution={execution} running={running} />
        {chatOpen && (
          <section className="pane" aria-label="Assistant">
            <Chat code={draft.code} />
          </section>
        )}
      </div>
    </div>
  );
}
