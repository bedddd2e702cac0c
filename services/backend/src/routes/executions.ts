import { SpanKind } from "@opentelemetry/api";
import type { RequestHandler } from "express";
import type { Pool } from "pg";
import { z } from "zod";
import { route } from "../error-answers.ts";
import { code, language, parseBody } from "../input.ts";
import type { SandboxPool } from "../sandbox/pool.ts";
import { inSpan } from "../telemetry.ts";
import type { Telemetry } from "../telemetry.ts";
import { findProject } from "./projects.ts";
import { sessionOf } from "./sessions.ts";

export interface ExecutionParts {
  database: Pool;
  sandbox: SandboxPool;
  telemetry: Telemetry;
}

/** `POST /api/executions`: runs code in the sandbox. A program that fails is a good answer (200) with its outcome. */
export function runCode({ database, sandbox, telemetry }: ExecutionParts): RequestHandler {
  const body = z.object({ language, code, projectId: z.uuid().optional() });
  return route(async (req, res) => {
    const request = parseBody(req, body);
    if (request.projectId !== undefined) await findProject(database, request.projectId, sessionOf(res).user.id);
    telemetry.featureUsage.add(1, { feature: "execution" });
    const result = await inSpan(`sandbox execute ${request.language}`, SpanKind.INTERNAL, { "helloagents.sandbox.language": request.language }, async (span) => {
      const result = await sandbox.run(request.code);
      span.setAttribute("helloagents.sandbox.outcome", result.outcome);
      return result;
    });
    telemetry.sandboxDuration.record(result.durationMs / 1_000, { language: request.language, outcome: result.outcome });
    res.json(result);
  });
}
