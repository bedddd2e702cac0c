import { useState, type ReactNode } from "react";
import { api } from "./api.ts";
import { messageOf } from "./feedback.tsx";

/** Errors on purpose, to see how they are noticed. */
export function Help() {
  const [crashed, setCrashed] = useState(false);
  const [status, setStatus] = useState("");
  if (crashed) return <Crash />;

  async function breakBackend(kind: "sync" | "async" | "slow"): Promise<void> {
    setStatus("Waiting for the backend…");
    try {
      await api.breakBackend(kind);
      setStatus("The backend answered.");
    } catch (error) {
      setStatus(`The backend answered: ${messageOf(error)}`);
    }
  }

  return (
    <>
      <div className="view-head">
        <div>
          <h1>Break something</h1>
          <p className="lead">Set off an error on purpose and watch it travel through the monitoring: as an issue, in a trace, in an alert.</p>
        </div>
      </div>
      <div className="grid">
        <Card title="In this page" text="Errors that happen in your browser, with the stack of the page's code.">
          <button type="button" className="button button-danger" onClick={throwError}>
            Throw an error
          </button>
          <button type="button" className="button" onClick={() => void rejectPromise()}>
            Reject a promise
          </button>
          <button type="button" className="button" onClick={() => setCrashed(true)}>
            Crash this view
          </button>
        </Card>
        <Card title="In the backend" text="Routes that fail in the API. The click, the request and the error share one trace.">
          <button type="button" className="button button-danger" onClick={() => void breakBackend("sync")}>
            Throw in a handler
          </button>
          <button type="button" className="button" onClick={() => void breakBackend("async")}>
            Fail after an await
          </button>
          <button type="button" className="button" onClick={() => void breakBackend("slow")}>
            Fail after 3 seconds
          </button>
        </Card>
        <Card title="In your own code" text="Run a program that throws, loops forever or eats memory: the sandbox stops it and counts the outcome.">
          <p className="fine">Try <code>while (true) {"{}"}</code> in a project.</p>
        </Card>
      </div>
      <p className="status" role="status">
        {status}
      </p>
    </>
  );

  function throwError(): void {
    setStatus("An error was thrown. It is on its way.");
    throw new Error("Broken on purpose: thrown by a click");
  }

  async function rejectPromise(): Promise<void> {
    setStatus("A promise was rejected. It is on its way.");
    await Promise.reject(new Error("Broken on purpose: a promise nobody caught"));
  }
}

function Crash(): never {
  throw new Error("Broken on purpose: a view that cannot be drawn");
}

function Card({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className="card help-card">
      <h2>{title}</h2>
      <p>{text}</p>
      <div className="help-actions">{children}</div>
    </section>
  );
}
