import { useEffect, useState } from "react";
import { api, type User } from "./api.ts";
import { Chat } from "./chat.tsx";
import { Editor } from "./editor.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { Empty, Problem, Spinner, useLoaded } from "./feedback.tsx";
import { Help } from "./help.tsx";
import { Projects } from "./projects.tsx";
import { Link, navigate, usePath } from "./router.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { telemetry } from "./telemetry.ts";

/** The whole page: signed out, or the shell with the view that the path names. */
export function Page() {
  const [session, reload, setSession] = useLoaded<User | null>(api.session);
  const user = session.state === "ready" ? session.value : undefined;

  useEffect(() => {
    if (user !== undefined) telemetry()?.setUser(user?.id ?? null);
  }, [user]);

  if (session.state === "loading") return <div className="center"><Spinner label="Loading HelloAgents" /></div>;
  if (session.state === "failed") return <div className="center"><Problem title="HelloAgents is not available" message={session.message} onRetry={reload} /></div>;
  if (!user) return <SignIn onSignedIn={setSession} />;
  return (
    <Shell user={user} onSignOut={() => void api.signOut().then(() => { setSession(null); navigate("/"); })}>
      <View />
    </Shell>
  );
}

function View() {
  const path = usePath();
  useTitle(path);
  return <ErrorBoundary key={path}>{viewOf(path)}</ErrorBoundary>;
}

function viewOf(path: string) {
  const projectId = readable(/^\/projects\/([^/]+)$/.exec(path)?.[1]);
  if (path === "/") return <Projects />;
  if (projectId) return <Editor id={projectId} />;
  if (path === "/assistant") return <section className="pane assistant-view" aria-label="Assistant"><Chat /></section>;
  if (path === "/help") return <Help />;
  return (
    <Empty title="There is nothing here">
      <p>The address may be mistyped. <Link href="/">Go to your projects</Link></p>
    </Empty>
  );
}

/** Undefined, too, for a part that was cut in the middle of a character: it names nothing. */
function readable(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function useTitle(path: string): void {
  const [first] = useState(document.title);
  useEffect(() => {
    const names: Record<string, string> = { "/": "Projects", "/assistant": "Assistant", "/help": "Break something" };
    document.title = `${names[path] ?? (path.startsWith("/projects/") ? "Editor" : "Not found")} · ${first}`;
    return () => {
      document.title = first;
    };
  }, [path, first]);
}
