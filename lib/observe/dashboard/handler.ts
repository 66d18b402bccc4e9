/** The dashboard for Node's http, Express, Fastify, and everything that speaks Web `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { Feed } from './feed';
import { kPage, kPolicy } from './generated/page';
import type { DashboardSource } from './source';

/** The part of Fastify's request and reply that is used. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  /** From here on `raw` is answered through. */
  hijack(): unknown;
}

/** The part of the Web's Request that is used. */
export interface WebRequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

export type DashboardRequest = IncomingMessage | FastifyRequestLike | WebRequestLike;

export interface DashboardOptions {
  /** Whether this request may see the dashboard. Throwing or rejecting means no. Default: everybody may. */
  readonly authorize?: (request: DashboardRequest) => boolean | Promise<boolean>;
  /** Pages that watch at once; one more is refused with 503. Default 50. */
  readonly maxWatchers?: number;
}

export interface DashboardHandler {
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<void>;
  (request: WebRequestLike): Promise<Response>;
  /** Ends all streams and the looks at the client. */
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A page that does not read what it is sent is left; it comes back by itself for what it has missed. */
const kMostUnread = 4 * 1024 * 1024;
const kLongestTarget = 2048;

const kCommonHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
const kStreamHeaders = {
  ...kCommonHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  // Else nginx collects it.
  'x-accel-buffering': 'no',
};

/**
 * A handler for GET at wherever it is mounted: one page that needs nothing else, and, with `?stream=1`, what it shows.
 *
 * ```ts
 * app.use('/resilience', dashboardHandler(resilient, { authorize: (request) => isOperator(request) }));
 * ```
 */
export function dashboardHandler(resilient: DashboardSource, options: DashboardOptions = {}): DashboardHandler {
  const feed = new Feed(resilient);
  const open = new Set<() => void>();

  async function answer(request: DashboardRequest): Promise<Answer | { readonly lastEventId: string | undefined }> {
    const incoming = 'raw' in request ? request.raw : request;
    const method = incoming.method ?? 'GET';
    const target = incoming.url ?? '/';
    if (target.length > kLongestTarget) return plain(414, 'the request target is too long');
    const url = parse(target);
    if (!url) return plain(400, 'the request target is malformed');
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'use GET', { allow: 'GET, HEAD' });
    if (!(await isAuthorized(options, request))) return plain(403, 'not authorized');
    if (!url.searchParams.has('stream') || method === 'HEAD') return page(method);
    if (open.size >= (options.maxWatchers ?? 50)) return plain(503, 'too many pages watch', { 'retry-after': '10' });
    return { lastEventId: headerOf(incoming, 'last-event-id') };
  }

  function toNode(response: ServerResponse, lastEventId: string | undefined): void {
    response.writeHead(200, kStreamHeaders);
    const send = (text: string): void => {
      response.write(text);
      if (response.writableLength > kMostUnread) response.destroy();
    };
    const end = feed.watch(send, lastEventId);
    const leave = (): void => void response.end();
    open.add(leave);
    response.on('close', () => {
      end();
      open.delete(leave);
    });
  }

  function toWeb(lastEventId: string | undefined): Response {
    const encoder = new TextEncoder();
    let end = (): void => undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const leave = (): void => {
            end();
            open.delete(leave);
            controller.close();
          };
          const unwatch = feed.watch((text) => {
            controller.enqueue(encoder.encode(text));
            if ((controller.desiredSize ?? 0) < -kMostUnread) leave();
          }, lastEventId);
          end = () => {
            unwatch();
            open.delete(leave);
          };
          open.add(leave);
        },
        cancel: () => end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
    );
    return new Response(body, { status: 200, headers: kStreamHeaders });
  }

  const handle = async (request: DashboardRequest, out?: ServerResponse | FastifyReplyLike): Promise<unknown> => {
    const answered = await answer(request);
    if (!out) {
      if ('lastEventId' in answered) return toWeb(answered.lastEventId);
      const { status, headers, body } = answered;
      return new Response(body === '' ? null : body, { status, headers });
    }
    let response: ServerResponse;
    if ('hijack' in out) {
      out.hijack();
      response = out.raw;
    } else {
      response = out;
    }
    if ('lastEventId' in answered) toNode(response, answered.lastEventId);
    else response.writeHead(answered.status, answered.headers).end(answered.body);
    return undefined;
  };
  return Object.assign(handle as Omit<DashboardHandler, 'close'>, {
    close: () => {
      feed.close();
      for (const leave of [...open]) leave();
    },
  }) as DashboardHandler;
}

function page(method: string): Answer {
  return {
    status: 200,
    headers: {
      ...kCommonHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(kPage)),
      'content-security-policy': kPolicy,
      'x-frame-options': 'DENY',
    },
    body: method === 'HEAD' ? '' : kPage,
  };
}

function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { ...kCommonHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: text,
  };
}

function parse(target: string): URL | undefined {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    return undefined;
  }
}

function headerOf({ headers }: IncomingMessage | WebRequestLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return (headers as WebRequestLike['headers']).get(name) ?? undefined;
  return (headers as IncomingMessage['headers'])[name] as string | undefined;
}

async function isAuthorized({ authorize }: DashboardOptions, request: DashboardRequest): Promise<boolean> {
  if (!authorize) return true;
  try {
    return (await authorize(request)) === true;
  } catch {
    return false;
  }
}
