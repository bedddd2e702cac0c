import { useState, type FormEvent } from "react";
import { api, type User } from "./api.ts";
import { messageOf } from "./feedback.tsx";
import { Mark } from "./shell.tsx";

export function SignIn({ onSignedIn }: { onSignedIn: (user: User) => void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (name.trim() === "") return setProblem("Enter a name.");
    setBusy(true);
    setProblem("");
    try {
      onSignedIn(await api.signIn(name.trim()));
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <main className="welcome">
      <div className="welcome-text">
        <Mark large />
        <h1>Write it. Run it. Ask about it.</h1>
        <p>HelloAgents runs your JavaScript in an isolated sandbox and has an assistant at hand that reads along.</p>
        <pre className="welcome-code" aria-hidden="true">
          <code>
            <span className="ink-dim">{"// runs in milliseconds\n"}</span>
            {'const greet = (who) => `Hello, ${who}!`;\nconsole.log(greet("agents"));\n'}
            <span className="ink-good">{"→ Hello, agents!"}</span>
          </code>
        </pre>
      </div>
      <form className="card welcome-form" onSubmit={(event) => void submit(event)} noValidate>
        <h2>Sign in</h2>
        <label className="field">
          <span>Your name</span>
          <input className="input" name="name" autoComplete="nickname" maxLength={60} value={name} onChange={(event) => setName(event.target.value)} aria-invalid={problem !== ""} aria-describedby={problem === "" ? undefined : "sign-in-problem"} />
        </label>
        {problem !== "" && (
          <p id="sign-in-problem" className="field-problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="button button-primary button-wide" disabled={busy}>
          {busy ? "Signing in…" : "Continue"}
        </button>
        <p className="fine">No password: this is a place to try things.</p>
      </form>
    </main>
  );
}
