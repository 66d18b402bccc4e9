/** The health endpoint for Node's http, Express, Fastify, and everything that speaks Web `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type FastifyReplyLike as Reply,
  type FastifyRequestLike,
  type WebRequestLike,
  incomingOf,
  respond,
  send,
} from './exchange';
import { HealthEndpoint, type HealthHandlerOptions, type HealthSource } from './health-request';

export type { FastifyRequestLike, WebRequestLike } from './exchange';
/** The part of Fastify's reply that is used. */
type FastifyReplyLike = Pick<Reply, 'raw' | 'code' | 'headers' | 'send'>;

export type HealthRequest = IncomingMessage | FastifyRequestLike | WebRequestLike;

export interface HealthHandler {
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown>;
  (request: WebRequestLike): Promise<Response>;
}

/**
 * A handler that answers GET, HEAD and POST at wherever it is mounted, with `/live` and `/ready` beneath it. It never
 * rejects.
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
  const handle = (request: HealthRequest, out?: ServerResponse | Reply): Promise<unknown> =>
    respond(request, out, async () => {
      const { method = 'GET', url = '/' } = incomingOf(request);
      return send(request, out, await endpoint.answer({ method, target: url, original: request }));
    });
  return handle as HealthHandler;
}
