/**
 * What a handler is mounted on: Node's http, Express, Fastify, or Web `Request` and `Response`.
 *
 * A handler never rejects, and never writes to a response that somebody else has begun: a user's `authorize` may answer
 * by itself, and a page may be gone before its answer is there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The part of Fastify's request and reply that is used. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  /** Whether an answer was given, or promised by hijack(). */
  readonly sent?: boolean;
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: string): unknown;
  /** From here on `raw` is answered through. */
  hijack(): unknown;
}

/** The part of the Web's Request that is used (Next.js, Hono, Deno, Bun, Workers). */
export interface WebRequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers?: { get(name: string): string | null };
  /** Aborted once the other side has gone. */
  readonly signal?: AbortSignal;
}

type HandlerRequest = IncomingMessage | FastifyRequestLike | WebRequestLike;
/** undefined: a Web handler, whose answer is what it returns. */
type HandlerResponse = ServerResponse | FastifyReplyLike | undefined;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Not sent for HEAD. */
  readonly body: string;
}

const kLongestTarget = 2048;
const kFailed: Answer = {
  status: 500,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: 'the handler failed',
};

export function incomingOf(request: HandlerRequest): IncomingMessage | WebRequestLike {
  return 'raw' in request ? request.raw : request;
}

/** Path and query of a request; where there is none to be had, the status and the reason. */
export function targetOf({ url = '/' }: { url?: string | undefined }): URL | { status: number; reason: string } {
  if (url.length > kLongestTarget) return { status: 414, reason: 'the request target is too long' };
  try {
    return new URL(url, 'http://localhost');
  } catch {
    return { status: 400, reason: 'the request target is malformed' };
  }
}

/** Only `true` means yes. Throwing and rejecting mean no. */
export async function isAllowed<Request>(
  authorize: (request: Request) => boolean | Promise<boolean>,
  request: Request,
): Promise<boolean> {
  try {
    return (await authorize(request)) === true;
  } catch {
    return false;
  }
}

/** Whether the response was begun by somebody else, or nobody is there any more who would read it. */
export function isOver(request: HandlerRequest, out: HandlerResponse): boolean {
  if (!out) return (request as WebRequestLike).signal?.aborted === true;
  if ('hijack' in out && out.sent === true) return true;
  const response = rawOf(out);
  if (response.headersSent || response.writableEnded || response.destroyed) return true;
  // A response that waits for its turn on a connection is not told of the connection's end.
  return (incomingOf(request) as IncomingMessage).socket?.destroyed === true;
}

export function rawOf(out: ServerResponse | FastifyReplyLike): ServerResponse {
  return 'hijack' in out ? out.raw : out;
}

/** Sends, unless the exchange is over. What it answers is what the framework is to be handed. */
export function send(request: HandlerRequest, out: HandlerResponse, { status, headers, body: text }: Answer): unknown {
  // A Response to a HEAD must not have a body at all.
  const body = incomingOf(request).method === 'HEAD' ? '' : text;
  if (!out) return new Response(body === '' ? null : body, { status, headers });
  const isFastify = 'hijack' in out;
  if (isOver(request, out)) return isFastify ? out : undefined;
  if (isFastify) return out.code(status).headers(headers).send(body);
  out.writeHead(status, headers).end(body);
  return undefined;
}

/** What `work` answers; where it fails, 500 to whoever has not been answered yet. Never rejects. */
export async function respond(
  request: HandlerRequest,
  out: HandlerResponse,
  work: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await work();
  } catch {
    try {
      return send(request, out, kFailed);
    } catch {
      // Begun and not to be ended: whoever reads it must see that it is broken.
      if (out) rawOf(out).destroy();
      return undefined;
    }
  }
}
