import { useState, type FormEvent } from "react";
import { api, type Project } from "./api.ts";
import { Empty, messageOf, Problem, useLoaded } from "./feedback.tsx";
import { Link, navigate } from "./router.tsx";

const firstCode = `// Press Run to see what this prints.
const words = ["hello", "agents"];
for (const word of words) console.log(word.toUpperCase());

words.join(" ").length;
`;

export function Projects() {
  const [projects, reload] = useLoaded(api.projects);
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Projects</h1>
          <p className="lead">Small programs, each run in a sandbox of its own.</p>
        </div>
        <NewProject />
      </div>
      {projects.state === "loading" && <Placeholders />}
      {projects.state === "failed" && <Problem title="Your projects could not be loaded" message={projects.message} onRetry={reload} />}
      {projects.state === "ready" && projects.value.length === 0 && (
        <Empty title="No projects yet">
          <p>Name your first one above. It starts with a few lines that you can run at once.</p>
        </Empty>
      )}
      {projects.state === "ready" && projects.value.length > 0 && (
        <ul className="grid">
          {projects.value.map((project) => (
            <li key={project.id}>
              <ProjectCard project={project} onDeleted={reload} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function NewProject() {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const project = await api.createProject(name.trim() || "Untitled", firstCode);
      navigate(`/projects/${project.id}`);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <form className="inline-form" onSubmit={(event) => void submit(event)}>
      <input className="input" aria-label="Name of the new project" placeholder="Name a new project" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
      <button type="submit" className="button button-primary" disabled={busy}>
        {busy ? "Creating…" : "New project"}
      </button>
      {problem !== "" && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function ProjectCard({ project, onDeleted }: { project: Project; onDeleted: () => void }) {
  const [problem, setProblem] = useState("");

  async function remove(): Promise<void> {
    if (!window.confirm(`Delete "${project.name}"? This cannot be undone.`)) return;
    try {
      await api.deleteProject(project.id);
      onDeleted();
    } catch (error) {
      setProblem(messageOf(error));
    }
  }

  return (
    <article className="card project">
      <pre className="project-code" aria-hidden="true">
        {project.code.split("\n").slice(0, 5).join("\n") || " "}
      </pre>
      <div className="project-foot">
        <div className="project-title">
          <h2>
            <Link href={`/projects/${project.id}`}>{project.name}</Link>
          </h2>
          <p className="fine">
            JavaScript · <time dateTime={project.updatedAt}>{ago(project.updatedAt)}</time>
          </p>
        </div>
        <button type="button" className="button button-quiet" aria-label={`Delete ${project.name}`} onClick={() => void remove()}>
          Delete
        </button>
      </div>
      {problem !== "" && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}

function Placeholders() {
  return (
    <ul className="grid" role="status" aria-label="Loading projects">
      {[1, 2, 3].map((key) => (
        <li key={key} className="card project placeholder" />
      ))}
    </ul>
  );
}

/** "3 minutes ago" in the visitor's language. */
function ago(isoTime: string): string {
  const seconds = (Date.parse(isoTime) - Date.now()) / 1000;
  if (!Number.isFinite(seconds)) return "";
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const units = [["day", 86_400], ["hour", 3_600], ["minute", 60]] as const;
  for (const [unit, size] of units) if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  return "just now";
}
