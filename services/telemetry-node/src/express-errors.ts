/**
 * Exceptions of express handlers (4 and 5): thrown, rejected or passed to `next(error)`. Each becomes a record when its answer is
 * a 5xx; errors that the application answers with less are its ordinary business.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Span } from "@opentelemetry/api";
import type { RPCMetadata } from "@opentelemetry/core";
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from "@opentelemetry/instrumentation";
import { emitException } from "./exceptions.ts";

interface ExpressRequest extends IncomingMessage {
  originalUrl?: string;
}
type Next = (error?: unknown) => void;
type Handle = (this: unknown, request: ExpressRequest, response: ServerResponse, next: Next) => unknown;
type LayerPrototype = Partial<Record<"handleRequest" | "handle_request", Handle>>;

/** The server span of each answer under way, filled in by the http instrumentation's hook. */
const exchanges = new WeakMap<ServerResponse, { span: Span; metadata: RPCMetadata | undefined }>();
const PATCHED = Symbol.for("@helloagents/telemetry-node.express");
/** Answers whose error is noted already: an error travels through several `next` calls. */
const noted = new WeakSet<ServerResponse>();

export function rememberExchange(response: ServerResponse, span: Span, metadata: RPCMetadata | undefined): void {
  exchanges.set(response, { span, metadata });
}

export class ExpressErrors extends InstrumentationBase {
  constructor() {
    super("@helloagents/telemetry-node/express", "1", {});
  }

  init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition("express", [">=4.0.0 <6"], (express: { Router(): { use(handler: Handle): void; stack: object[] } }) => {
      try {
        patchLayer(express);
      } catch (error) {
        this._diag.error("express is not built as expected: its exceptions are not recorded", error);
      }
      return express;
    });
  }
}

/** Every handler is called by a `Layer`; express does not export that class, but a throw-away router has one. */
function patchLayer(express: { Router(): { use(handler: Handle): void; stack: object[] } }): void {
  const router = express.Router();
  router.use((_request, _response, next) => next());
  const layer = Object.getPrototypeOf(router.stack[0]) as LayerPrototype & { [PATCHED]?: boolean };
  const name = typeof layer.handleRequest === "function" ? "handleRequest" : "handle_request";
  const original = layer[name];
  if (typeof original !== "function" || layer[PATCHED] === true) return;
  Object.defineProperty(layer, PATCHED, { value: true });
  layer[name] = function handleRequest(request, response, next) {
    return original.call(this, request, response, function nextNoting(error?: unknown) {
      if (error && error !== "route" && error !== "router") noteError(error, request, response);
      return next(error);
    });
  };
}

function noteError(error: unknown, request: ExpressRequest, response: ServerResponse): void {
  try {
    if (noted.has(response)) return;
    noted.add(response);
    const answeredBefore = response.headersSent;
    const decide = (): void => {
      if (isServerError(error, response, answeredBefore)) emitForRequest(error, request, response);
    };
    if (response.closed) decide();
    else response.once("close", decide);
  } catch {
    // Fail open: the error itself goes its way.
  }
}

function isServerError(error: unknown, response: ServerResponse, answeredBefore: boolean): boolean {
  if (response.statusCode >= 500) return true;
  const own = (error as { status?: unknown; statusCode?: unknown } | null)?.status ?? (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof own === "number" && own < 500) return false;
  // The status on the wire says nothing about the error when it was sent before, or never.
  return answeredBefore || !response.headersSent;
}

function emitForRequest(error: unknown, request: ExpressRequest, response: ServerResponse): void {
  const exchange = exchanges.get(response);
  const url = request.originalUrl ?? request.url ?? "";
  emitException(error, "ERROR", exchange?.span, { method: request.method, route: exchange?.metadata?.route, path: url.split("?", 1)[0] });
}
