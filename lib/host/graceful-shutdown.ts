/**
 * Ends a process in order: HTTP servers take nothing new and finish what they have, then the client drains, then the
 * process ends. A second signal ends it at once.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { builtins } from '../builtins';
import { Check } from '../argument-check';
import { messageOf } from './log';

export interface GracefulShutdownOptions {
  /** Default: SIGINT, SIGTERM and SIGUSR2 (nodemon's). */
  signals?: readonly NodeJS.Signals[];
  /** For everything together, in ms. Default 5000. */
  drainMs?: number;
  /** HTTP servers whose requests use the client: they are drained first, so that no request fails half way. */
  servers?: Server | readonly Server[];
  /** After the servers and before the client: for queues, consumers and the like. */
  beforeShutdown?(signal: NodeJS.Signals): void | Promise<void>;
  /** Told of what could not be done in time. Default: console.error. */
  onProblem?(text: string): void;
}

interface Closable {
  shutdown(options: { drainMs: number }): Promise<void>;
}

const kSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGUSR2'];

/** Answers how to take it back. The handlers keep no process alive. */
export function installGracefulShutdown(resilient: Closable, options: GracefulShutdownOptions = {}): () => void {
  const { signals = kSignals, drainMs = 5000, servers = [], beforeShutdown } = options;
  const { onProblem = (text) => console.error(`prisma-resilient-client: ${text}`) } = options;
  new Check('installGracefulShutdown')
    .duration('drainMs', drainMs)
    .that(
      Array.isArray(signals) && signals.every((name) => typeof name === 'string'),
      'signals',
      'an array of names',
      signals,
    )
    .done();
  const drains = (Array.isArray(servers) ? (servers as Server[]) : [servers as Server]).map(
    (server) => new ServerDrain(server),
  );
  let ending = false;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const until = performance.now() + drainMs;
    const remaining = (): number => Math.max(0, until - performance.now());
    const step = async (name: string, work: () => unknown): Promise<void> => {
      try {
        if (!(await within(work(), remaining()))) onProblem(`${name} took longer than drainMs (${drainMs} ms)`);
      } catch (error) {
        onProblem(`${name} failed: ${messageOf(error)}`);
      }
    };
    await step('closing the HTTP servers', () =>
      Promise.all(drains.map((drain) => drain.close(Math.min(kIdleGraceMs, drainMs / 4)))),
    );
    if (beforeShutdown) await step('beforeShutdown', () => beforeShutdown(signal));
    await step('shutdown()', () => resilient.shutdown({ drainMs: remaining() }));
    leave(signal);
  };
  const leave = (signal: NodeJS.Signals): void => {
    remove();
    // nodemon waits for its signal to do what it does by default.
    if (signal === 'SIGUSR2') process.kill(process.pid, signal);
    else process.exit();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending) {
      remove();
      process.kill(process.pid, signal);
      // With listeners of others left, the signal alone would not end it.
      process.exit(process.exitCode ?? 1);
    }
    ending = true;
    void end(signal);
  };
  const remove = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
    for (const drain of drains) drain.forget();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}

/** True when the work is done, false after `ms`. */
function within(work: unknown, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), ms);
    Promise.resolve(work).then(
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/**
 * How long an idle connection may still bring the request that its client had sent by then. It is answered, as the
 * connection's last.
 */
const kIdleGraceMs = 250;

/** Closes a server without cutting off a request. */
class ServerDrain {
  /** Open connections, with the answers under way on each. */
  private readonly busy = new Map<Socket, number>();
  private readonly answers = new Set<ServerResponse>();
  private closing = false;

  constructor(private readonly server: Server) {
    server.on('connection', this.onConnection);
    server.prependListener('request', this.onRequest);
  }

  forget(): void {
    this.server.off('connection', this.onConnection);
    this.server.off('request', this.onRequest);
  }

  close(graceMs: number): Promise<void> {
    this.closing = true;
    for (const answer of this.answers) lastOfItsConnection(answer);
    return new Promise((resolve) => {
      if (!this.server.listening) return resolve();
      stopListening(this.server, resolve);
      // Destroyed, not ended: what is only half closed still reads requests, and could not answer them.
      setTimeout(() => {
        for (const [socket, answers] of this.busy) if (answers === 0) socket.destroy();
      }, graceMs).unref();
    });
  }

  private readonly onConnection = (socket: Socket): void => {
    this.busy.set(socket, 0);
    socket.once('close', () => this.busy.delete(socket));
  };

  private readonly onRequest = (request: IncomingMessage, answer: ServerResponse): void => {
    const { socket } = request;
    this.busy.set(socket, (this.busy.get(socket) ?? 0) + 1);
    this.answers.add(answer);
    if (this.closing) lastOfItsConnection(answer);
    answer.once('close', () => {
      this.answers.delete(answer);
      const left = (this.busy.get(socket) ?? 1) - 1;
      if (this.busy.has(socket)) this.busy.set(socket, left);
      if (this.closing && left === 0) socket.destroySoon();
    });
  };
}

/** As server.close(), which since Node 19 also cuts off idle connections at once. */
function stopListening(server: Server, done: () => void): void {
  builtins().net.Server.prototype.close.call(server, () => done());
}

function lastOfItsConnection(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}
