/** The dashboard's streams, over Node's responses and as the Web's: how each is begun, fed, and ended exactly once. */
import type { ServerResponse } from 'node:http';

import type { WebRequestLike } from '../exchange';
import type { Feed } from './feed';
import type { Connection, Places } from './places';

/** A page that does not read what it is sent is left; it comes back by itself for what it has missed. */
const kMostUnread = 4 * 1024 * 1024;
/** A Web response that nobody begins to read in this time belongs to nobody. */
const kUnreadMs = 30_000;

/** What a stream is written to. */
interface Sink {
  write(text: string): void;
  /** Bytes that were written and not yet taken. */
  unread(): number;
  end(): void;
}

/** Begins to tell; false where there is no place. `connection`'s end ends it. */
function begin(
  feed: Feed,
  places: Places,
  connection: Connection,
  lastEventId: string | undefined,
  open: (leave: () => void) => Sink,
): boolean {
  let sink: Sink | undefined;
  let unwatch = (): void => undefined;
  let isOver = false;
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    giveBack?.();
    unwatch();
    sink?.end();
  };
  const giveBack = places.take(connection, leave);
  if (!giveBack) return false;
  try {
    const opened = open(leave);
    sink = opened;
    unwatch = feed.watch((text) => {
      if (isOver) return;
      opened.write(text);
      if (opened.unread() > kMostUnread) leave();
    }, lastEventId);
    // It may have been too much at once already.
    if (isOver) unwatch();
  } catch (error) {
    leave();
    throw error;
  }
  return true;
}

/** False where there is no place; then nothing was written. */
export function streamToNode(
  feed: Feed,
  places: Places,
  connection: Connection,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  lastEventId: string | undefined,
): boolean {
  return begin(feed, places, connection, lastEventId, (leave) => {
    response.on('close', leave);
    // A write that comes too late is told by an event, which nobody else listens to.
    response.on('error', leave);
    response.writeHead(200, headers);
    return {
      write: (text) => void response.write(text),
      unread: () => response.writableLength,
      end: () => (response.writableLength > kMostUnread ? response.destroy() : response.end()),
    };
  });
}

/** undefined where there is no place. */
export function streamToWeb(
  feed: Feed,
  places: Places,
  { signal }: WebRequestLike,
  headers: Readonly<Record<string, string>>,
  lastEventId: string | undefined,
): Response | undefined {
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let leave = (): void => undefined;
  let unreadTimer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull: () => clearTimeout(unreadTimer),
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  const connection: Connection = {
    once: (_, listener) => signal?.addEventListener('abort', listener),
    off: (_, listener) => signal?.removeEventListener('abort', listener),
  };
  const hasPlace = begin(feed, places, connection, lastEventId, (given) => {
    leave = given;
    unreadTimer = setTimeout(leave, kUnreadMs).unref();
    return {
      write: (text) => controller.enqueue(encoder.encode(text)),
      unread: () => -(controller.desiredSize ?? 0),
      end: () => {
        clearTimeout(unreadTimer);
        try {
          controller.close();
        } catch {
          // Cancelled: closed already.
        }
      },
    };
  });
  return hasPlace ? new Response(body, { status: 200, headers }) : undefined;
}
