/** The HelloAgents API as the page uses it. Every function throws {@link ApiError} when the answer is no success. */

export interface User {
  id: string;
  name: string;
}

export interface Project {
  id: string;
  name: string;
  language: "javascript";
  code: string;
  /** ISO time. */
  updatedAt: string;
}

export interface Execution {
  outcome: "success" | "error" | "timeout" | "memory_limit";
  output: { stream: "stdout" | "stderr" | "result"; text: string }[];
  error?: { name: string; message: string; stack?: string };
  durationMs: number;
}

export interface ChatMessage {
  role: "user" | "assistant";
  content: string;
}

/** What went wrong, in words for the person in front of the page. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const tokenKey = "helloagents.token";

export const api = {
  async signIn(name: string): Promise<User> {
    const { user, token } = await call<{ user: User; token: string }>("POST", "/api/sessions", { name });
    localStorage.setItem(tokenKey, token);
    return user;
  },
  /** The signed-in user, or null. */
  async session(): Promise<User | null> {
    if (!localStorage.getItem(tokenKey)) return null;
    try {
      return (await call<{ user: User }>("GET", "/api/session")).user;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      localStorage.removeItem(tokenKey);
      return null;
    }
  },
  async signOut(): Promise<void> {
    await call("DELETE", "/api/session").catch(() => undefined);
    localStorage.removeItem(tokenKey);
  },
  projects: async () => (await call<{ projects: Project[] }>("GET", "/api/projects")).projects,
  project: (id: string) => call<Project>("GET", `/api/projects/${encodeURIComponent(id)}`),
  createProject: (name: string, code: string) => call<Project>("POST", "/api/projects", { name, language: "javascript", code }),
  saveProject: ({ id, name, language, code }: Project) => call<Project>("PUT", `/api/projects/${encodeURIComponent(id)}`, { name, language, code }),
  deleteProject: (id: string) => call<unknown>("DELETE", `/api/projects/${encodeURIComponent(id)}`),
  run: (code: string, projectId: string) => call<Execution>("POST", "/api/executions", { language: "javascript", code, projectId }),
  ask: async (messages: ChatMessage[]) => (await call<{ message: ChatMessage }>("POST", "/api/assistant/messages", { messages })).message,
  breakBackend: (kind: "sync" | "async" | "slow") => call<unknown>("GET", `/api/demo/errors/${kind}`),
};

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const token = localStorage.getItem(tokenKey);
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token) headers["authorization"] = `Bearer ${token}`;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw new ApiError(0, "offline", "HelloAgents cannot be reached. Check your connection and try again.");
  }
  const answer = (await response.json().catch(() => undefined)) as { error?: { code?: string; message?: string } } | undefined;
  if (response.ok) return answer as T;
  throw new ApiError(response.status, answer?.error?.code ?? "unknown", answer?.error?.message ?? `The server answered ${response.status}.`);
}
