import { randomUUID } from "node:crypto";
import { Router } from "express";
import type { Request } from "express";
import type { Pool } from "pg";
import { z } from "zod";
import { route } from "../error-answers.ts";
import { ApiError } from "../errors.ts";
import { code, language, name, parseBody } from "../input.ts";
import type { Telemetry } from "../telemetry.ts";
import { sessionOf } from "./sessions.ts";

export interface Project {
  id: string;
  name: string;
  language: "javascript";
  code: string;
  updatedAt: string;
}

const projectsMax = 200;
const columns = `id, name, language, code, updated_at AS "updatedAt"`;
const newProject = z.object({ name: name(120), language, code });
const changedProject = z.object({ name: name(120).optional(), language: language.optional(), code: code.optional() });

/** `/api/projects`: a user's projects; those of others do not exist. */
export function projectRoutes({ database, telemetry }: { database: Pool; telemetry: Telemetry }): Router {
  const router = Router();
  const used = (): void => telemetry.featureUsage.add(1, { feature: "project" });

  router.get("/", route(async (_req, res) => {
    const { rows } = await database.query<Project>(`SELECT ${columns} FROM projects WHERE user_id = $1 ORDER BY updated_at DESC, id LIMIT ${projectsMax}`, [sessionOf(res).user.id]);
    used();
    res.json({ projects: rows });
  }));

  router.post("/", route(async (req, res) => {
    const project = parseBody(req, newProject);
    const { rows } = await database.query<Project>(
      `INSERT INTO projects (id, user_id, name, language, code) SELECT $1::uuid, $2::uuid, $3, $4, $5
       WHERE (SELECT count(*) FROM projects WHERE user_id = $2::uuid) < ${projectsMax} RETURNING ${columns}`,
      [randomUUID(), sessionOf(res).user.id, project.name, project.language, project.code],
    );
    if (rows[0] === undefined) throw new ApiError("PROJECT_LIMIT_REACHED", { details: { limit: projectsMax } });
    used();
    res.status(201).json(rows[0]);
  }));

  router.get("/:id", route(async (req, res) => {
    const project = await findProject(database, idOf(req), sessionOf(res).user.id);
    used();
    res.json(project);
  }));

  router.put("/:id", route(async (req, res) => {
    const change = parseBody(req, changedProject);
    const { rows } = await database.query<Project>(
      `UPDATE projects SET name = coalesce($3, name), language = coalesce($4, language), code = coalesce($5, code), updated_at = now()
       WHERE id = $1 AND user_id = $2 RETURNING ${columns}`,
      [idOf(req), sessionOf(res).user.id, change.name ?? null, change.language ?? null, change.code ?? null],
    );
    if (rows[0] === undefined) throw new ApiError("PROJECT_NOT_FOUND");
    used();
    res.json(rows[0]);
  }));

  router.delete("/:id", route(async (req, res) => {
    const { rowCount } = await database.query("DELETE FROM projects WHERE id = $1 AND user_id = $2", [idOf(req), sessionOf(res).user.id]);
    if (rowCount === 0) throw new ApiError("PROJECT_NOT_FOUND");
    used();
    res.status(204).end();
  }));

  return router;
}

/** @throws ApiError PROJECT_NOT_FOUND */
export async function findProject(database: Pool, id: string, userId: string): Promise<Project> {
  const { rows } = await database.query<Project>(`SELECT ${columns} FROM projects WHERE id = $1 AND user_id = $2`, [id, userId]);
  if (rows[0] === undefined) throw new ApiError("PROJECT_NOT_FOUND");
  return rows[0];
}

/** What is no UUID is no project; asking the database would be an error of its type. */
function idOf(req: Request): string {
  const id = z.uuid().safeParse(req.params["id"]);
  if (!id.success) throw new ApiError("PROJECT_NOT_FOUND");
  return id.data;
}
