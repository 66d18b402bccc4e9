/**
 * The seam between what makes operations (lib/client: proxies, promises, recipes) and what runs them (lib/host: the
 * gate, retries, parking, generations, all decided by the core).
 */

import type { Caller } from './caller';
import type { OperationKind, OperationShape } from '../native-types.generated';

/** Anything that answers like a PrismaClient. Its models are reached by name, hence the index signature. */
export type ClientLike = Record<PropertyKey, unknown> & {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
};

/** One client made by the factory. A hard reset or a refresh makes the next one; `epoch` grows by one each time. */
export interface Generation {
  readonly epoch: number;
  readonly client: ClientLike;
  /**
   * Per generation: what recipes made of this client (extended clients, delegates), by recipe. Weak on both sides:
   * dropped with the generation, so that nothing keeps a dismissed client alive, and with the recipe, so that a client
   * extended anew for each request does not pile up here.
   */
  readonly cache: WeakMap<object, unknown>;
  /** The same for recipes that last as long as the resilient client itself, by their slot: quicker to find. */
  readonly slots: unknown[];
  /** User code (query hooks, methods that extensions have added) runs operations on it. */
  mayHaveUserCode: boolean;
}

/** What an operation is to the core. */
export interface OperationInfo {
  /** Prisma's model name, absent for raw queries and `$transaction`. */
  readonly model?: string;
  /** Prisma's operation: 'findMany', 'create', '$queryRaw', '$transaction', … */
  readonly action: string;
  readonly kind: OperationKind;
  /** 'single' for one statement or nested write, 'array' and 'interactive' for `$transaction`. */
  readonly shape: OperationShape;
  /** User code (query extensions) runs inside: it may be run again only where nothing of it was sent. */
  readonly hasUserCode: boolean;
  /** The arguments as the caller gave them, for overrides; absent for `$transaction`. */
  readonly args?: unknown;
}

/** A thing to be run, once or several times, on the current generation. */
export interface Operation<T> extends OperationInfo {
  /**
   * Starts one try on `generation` and resolves or rejects with Prisma's own result or error; it may also throw. It uses
   * the promise that was made when the caller called (so that errors point at the caller's line) while that promise
   * belongs to `generation`, and makes a new one otherwise. It keeps the arguments as they were when it was first run.
   */
  start(generation: Generation): PromiseLike<T>;
  /** For interactive transactions: the callback has been called at least once. */
  callbackStarted?(): boolean;
  /** For interactive transactions: the latest try's callback has returned, so that COMMIT may have been sent. */
  commitStarted?(): boolean;
  /** Its own time limit in ms, within which silence proves nothing: an interactive transaction's `timeout`. */
  readonly ownLimitMs?: number;
  /** For interactive transactions: `maxWait`, in ms, for which Prisma waits for BEGIN. Absent: Prisma's default. */
  readonly startLimitMs?: number;
  /** For transactions: `timeout` alone, in ms, after which Prisma rolls it back. */
  readonly transactionLimitMs?: number;
  /** A raw statement that may commit a part of its work before it fails (CALL, DO, several statements). */
  readonly mayCommitInside?: boolean;
}

export type Fulfilled<T, R> = ((value: T) => R | PromiseLike<R>) | null | undefined;
export type Rejected<R> = ((reason: unknown) => R | PromiseLike<R>) | null | undefined;

/** A run that begins with the first `then`, however often that is called. */
export interface PreparedRun<T> {
  then<R1 = T, R2 = never>(onFulfilled?: Fulfilled<T, R1>, onRejected?: Rejected<R2>): Promise<R1 | R2>;
}

/** Runs operations through the gate. Implemented by lib/host. */
export interface OperationRunner {
  /**
   * The generation new work goes to; undefined until the factory has delivered its first client (it may be asynchronous,
   * or fail at first). Never throws, also not after `shutdown()`: reading a property must not.
   */
  current(): Generation | undefined;
  /**
   * Runs `operation` to its one settlement, with everything that the core decides in between. Rejects with ShutdownError
   * after `shutdown()`. While the gate is open the first `start` is called before `run` returns (Prisma puts findUnique
   * calls of one tick into one statement). A later `start` must happen in the asynchronous context of the `run` call, as
   * it does after awaiting a promise there: query hooks read the caller's AsyncLocalStorage.
   */
  run<T>(operation: Operation<T>): Promise<T>;
  /** The same run, still to begin: what is awaited once needs no promise besides the one that `then` answers with. */
  prepare<T>(operation: Operation<T>): PreparedRun<T>;
  /**
   * An interactive transaction, called at `caller`, has begun. Answers how to say that it has ended. undefined: nobody
   * watches them.
   */
  readonly transactionOpened?: ((caller: Caller) => () => void) | undefined;
  /** `$connect()` called by the user. Waits for the first client where there is none yet. */
  connect(): Promise<void>;
  /**
   * `$disconnect()` called by the user, on the current generation. As on a bare client the next operation connects
   * again; until then nothing of ours may open a connection (it would keep the process alive).
   */
  disconnect(): Promise<void>;
}
