import express, { type Express } from "express";

interface FakeProject {
  id: string;
  name: string;
  language: string;
  code: string;
  updatedAt: string;
}

/** The API's shapes with canned answers, in memory: enough for the page, no sandbox and no model. */
export function fakeBackend(): Express {
  const app = express();
  const projects = new Map<string, FakeProject>();
  let user: { id: string; name: string } | undefined;
  app.use(express.json());
  app.post("/api/sessions", (request, response) => {
    const { name } = request.body as { name: string };
    if (name === "nobody") return void response.status(400).json({ error: { code: "invalid", message: "This name cannot be used." } });
    user = { id: "u-1", name };
    response.status(201).json({ user, token: "t-1" });
  });
  app.use("/api", (request, response, next) => {
    if (user && request.headers.authorization === "Bearer t-1") return next();
    response.status(401).json({ error: { code: "unauthorized", message: "Sign in first." } });
  });
  app.get("/api/session", (_request, response) => void response.json({ user }));
  app.delete("/api/session", (_request, response) => {
    user = undefined;
    response.status(204).end();
  });
  app.get("/api/projects", (_request, response) => void response.json({ projects: [...projects.values()] }));
  app.post("/api/projects", (request, response) => {
    const project = { ...(request.body as FakeProject), id: String(projects.size + 1), updatedAt: new Date().toISOString() };
    projects.set(project.id, project);
    response.status(201).json(project);
  });
  app.get("/api/projects/:id", (request, response) => {
    const project = projects.get(request.params.id);
    if (project) response.json(project);
    else response.status(404).json({ error: { code: "not_found", message: "There is no such project." } });
  });
  app.put("/api/projects/:id", (request, response) => {
    const project = { ...projects.get(request.params.id)!, ...(request.body as Partial<FakeProject>), updatedAt: new Date().toISOString() };
    projects.set(project.id, project);
    response.json(project);
  });
  app.delete("/api/projects/:id", (request, response) => {
    projects.delete(request.params.id);
    response.status(204).end();
  });
  app.post("/api/executions", (request, response) => {
    const { code } = request.body as { code: string };
    if (/^throw /m.test(code)) {
      response.json({ outcome: "error", output: [{ stream: "stdout", text: "before" }], error: { name: "TypeError", message: "no way", stack: "    at main (project.js:2:9)" }, durationMs: 3.2 });
    } else response.json({ outcome: "success", output: [{ stream: "stdout", text: "HELLO" }, { stream: "stdout", text: "AGENTS" }, { stream: "stderr", text: "a warning" }, { stream: "result", text: "12" }], durationMs: 4.7 });
  });
  app.post("/api/assistant/messages", (request, response) => {
    const { messages } = request.body as { messages: { content: string }[] };
    response.json({ message: { role: "assistant", content: `You asked: ${messages.at(-1)!.content.split("\n")[0]}\n\nIt prints each word in capitals and leaves the length of the joined text as its result:\n\n\`\`\`js\nwords.map((word) => word.toUpperCase()).join(" ").length;\n\`\`\`\n\nTry it.` }, usage: { inputTokens: 1, outputTokens: 1 } });
  });
  app.get("/api/demo/errors/:kind", (_request, response) => void response.status(500).json({ error: { code: "internal", message: "Broken on purpose." } }));
  return app;
}
