/** The dashboard for Node's http, Express, Fastify, and everything that speaks Web `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type Answer,
  type FastifyReplyLike as Reply,
  type FastifyRequestLike,
  type WebRequestLike as WebRequest,
  incomingOf,
  isAllowed,
  isOver,
  rawOf,
  respond,
  send,
  targetOf,
} from '../exchange';
import { Feed } from './feed';
import { kPage, kPolicy } from './generated/page';
import { Places } from './places';
import type { DashboardSource } from './source';
import { streamToNode, streamToWeb } from './streams';

/** The part of Fastify's reply that is used. */
type FastifyReplyLike = Pick<Reply, 'raw' | 'hijack'>;
/** The part of the Web's Request that is used. */
type WebRequestLike = WebRequest & Required<Pick<WebRequest, 'headers'>>;

export type DashboardRequest = IncomingMessage | FastifyRequestLike | WebRequestLike;

export interface DashboardOptions {
  /**
   * Whether this request may see the dashboard. Throwing or rejecting means no. It may answer by itself, with a redirect
   * to a login for example, and then return false. Default: everybody may.
   */
  readonly authorize?: (request: DashboardRequest) => boolean | Promise<boolean>;
  /** Pages that watch at once, each on a connection of its own; one more is refused with 503. Default 50. */
  readonly maxWatchers?: number;
}

export interface DashboardHandler {
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<void>;
  (request: WebRequestLike): Promise<Response>;
  /** Ends all streams and the looks at the client. */
  close(): void;
}

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
 * It never rejects.
 *
 * ```ts
 * app.use('/resilience', dashboardHandler(resilient, { authorize: (request) => isOperator(request) }));
 * ```
 */
export function dashboardHandler(resilient: DashboardSource, options: DashboardOptions = {}): DashboardHandler {
  const { authorize = () => true, maxWatchers = 50 } = options;
  const feed = new Feed(resilient);
  const places = new Places(maxWatchers);

  /** The answer to one request; 'stream' where a stream is asked for and allowed. */
  async function answer(request: DashboardRequest): Promise<Answer | 'stream'> {
    const incoming = incomingOf(request);
    const method = incoming.method ?? 'GET';
    const target = targetOf(incoming);
    if (!(target instanceof URL)) return plain(target.status, target.reason);
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'use GET', { allow: 'GET, HEAD' });
    if (!(await isAllowed(authorize, request))) return plain(403, 'not authorized');
    return target.searchParams.has('stream') && method === 'GET' ? 'stream' : page();
  }

  /** Synchronous: between the question whether there is a place and its taking, nothing else happens. */
  function stream(request: DashboardRequest, response: ServerResponse | undefined): unknown {
    const incoming = incomingOf(request);
    const lastEventId = headerOf(incoming, 'last-event-id');
    if (!response) {
      const streamed = streamToWeb(feed, places, incoming as WebRequest, kStreamHeaders, lastEventId);
      return streamed ?? send(request, response, kNoPlace);
    }
    const { socket } = incoming as IncomingMessage;
    const hasPlace = streamToNode(feed, places, socket, response, kStreamHeaders, lastEventId);
    return hasPlace ? undefined : send(request, response, kNoPlace);
  }

  const handle = (request: DashboardRequest, reply?: ServerResponse | Reply): Promise<unknown> =>
    respond(request, reply, async () => {
      const answered = await answer(request);
      // A Web handler has to answer something, though nobody reads it.
      if (isOver(request, reply)) return send(request, reply, kNoPlace);
      if (reply && 'hijack' in reply) reply.hijack();
      const out = reply && rawOf(reply);
      return respond(request, out, async () =>
        answered === 'stream' ? stream(request, out) : send(request, out, answered),
      );
    });
  return Object.assign(handle as Omit<DashboardHandler, 'close'>, {
    close: () => {
      feed.close();
      places.clear();
    },
  }) as DashboardHandler;
}

function page(): Answer {
  return {
    status: 200,
    headers: {
      ...kCommonHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(kPage)),
      'content-security-policy': kPolicy,
      'x-frame-options': 'DENY',
    },
    body: kPage,
  };
}

function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { ...kCommonHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: text,
  };
}

const kNoPlace = plain(503, 'too many pages watch', { 'retry-after': '10' });

function headerOf({ headers }: IncomingMessage | WebRequest, name: string): string | undefined {
  if (typeof headers?.get === 'function')
    return (headers as { get(name: string): string | null }).get(name) ?? undefined;
  return (headers as IncomingMessage['headers'] | undefined)?.[name] as string | undefined;
}
