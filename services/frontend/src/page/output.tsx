import type { Execution } from "./api.ts";
import { Spinner } from "./feedback.tsx";

const outcomes: Record<Execution["outcome"], { label: string; tone: string }> = {
  success: { label: "Finished", tone: "good" },
  error: { label: "Error", tone: "bad" },
  timeout: { label: "Stopped: too slow", tone: "bad" },
  memory_limit: { label: "Stopped: out of memory", tone: "bad" },
};

/** What the last run printed, returned or threw, and how long it took. */
export function Output({ execution, running }: { execution: Execution | undefined; running: boolean }) {
  return (
    <section className="pane output" aria-label="Output" aria-busy={running}>
      <header className="pane-head">
        <h2>Output</h2>
        {running && <Spinner label="Running" />}
        {!running && execution && (
          <p className="run-state">
            <span className={`badge badge-${outcomes[execution.outcome].tone}`}>{outcomes[execution.outcome].label}</span>
            <span className="fine">{duration(execution.durationMs)}</span>
          </p>
        )}
      </header>
      <div className="output-body" aria-live="polite">
        {!execution && !running && <p className="output-hint">Run the code to see its output here. Ctrl + Enter works too.</p>}
        {execution?.output.map(({ stream, text }, index) => (
          // Lines have no identity of their own and are replaced as a whole by the next run.
          <pre key={index} className={`line line-${stream}`}>
            {text}
          </pre>
        ))}
        {execution?.error && (
          <pre className="line line-error">
            {execution.error.stack?.includes(execution.error.message) ? execution.error.stack : `${execution.error.name}: ${execution.error.message}\n${execution.error.stack ?? ""}`}
          </pre>
        )}
        {execution && execution.output.length === 0 && !execution.error && <p className="output-hint">No output.</p>}
      </div>
    </section>
  );
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}
