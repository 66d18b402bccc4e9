/** The health endpoint for Node's http, Express, Fastify, and everything that speaks Web `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { HealthEndpoint, type HealthHandlerOptions, type HealthSource, type PlainAnswer } from './health-request';

/** The part of Fastify's request and reply that is used. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: string): unknown;
}

/** The part of the Web's Request that is used (Next.js, Hono, Deno, Bun, Workers). */
export interface WebRequestLike {
  readonly method: string;
  readonly url: string;
}

export type HealthRequest = IncomingMessage | FastifyRequestLike | WebRequestLike;

export interface HealthHandler {
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown>;
  (request: WebRequestLike): Promise<Response>;
}

/**
 * A handler that answers GET, HEAD and POST at wherever it is mounted, with `/live` and `/ready` beneath it.
 *
 * ```ts
 * app.use('/health', healthHandler(resilient));                        // Express, or http.createServer(handler)
 * fastify.all('/health', healthHandler(resilient));                    // Fastify
 * export const GET = (request: Request) => handler(request);           // Next.js app router, Hono
 * ```
 */
export function healthHandler(
  resilient: HealthSource,
  options: HealthHandlerOptions<HealthRequest> = {},
): HealthHandler {
  const endpoint = new HealthEndpoint<HealthRequest>(resilient, options);
  const handle = async (request: HealthRequest, out?: ServerResponse | FastifyReplyLike): Promise<unknown> => {
    const incoming = 'raw' in request ? request.raw : request;
    const answer = await endpoint.answer({
      method: incoming.method ?? 'GET',
      target: targetOf(incoming),
      original: request,
    });
    if (out === undefined) return new Response(bodyOf(answer), { status: answer.status, headers: answer.headers });
    if ('send' in out && 'code' in out) return out.code(answer.status).headers(answer.headers).send(answer.body);
    const response = out as ServerResponse;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
    return undefined;
  };
  return handle as HealthHandler;
}

function targetOf(request: IncomingMessage | WebRequestLike): string {
  return request.url ?? '/';
}

/** A Response to a HEAD must not have a body at all. */
function bodyOf(answer: PlainAnswer): string | null {
  return answer.body === '' ? null : answer.body;
}
