export type TransactionEnd = 'commit' | 'rollback';

/**
 * Where a transaction is between its BEGIN and its end, and whether something of it is under way.
 *
 * A statement may begin until the end is sent. While COMMIT waits for statements that nobody awaits, what these lead to
 * (the next statement of a nested write) is part of the transaction as well; ROLLBACK lets nothing follow.
 */
export class TransactionStage {
  private current: { readonly by: TransactionEnd; done: Promise<number> } | undefined;
  private running = 0;
  /** Statements have been under way side by side: one that has just ended may not be the one that the caller awaited. */
  private overlapped = false;
  private draining = false;
  private failure: { readonly error: unknown } | undefined;
  private undoneBy: { readonly error: unknown } | undefined;
  private onQuiet: (() => void)[] = [];

  constructor(private quietSince: number) {}

  /** Since when no statement is under way, in ms of performance.now(); Infinity while one is. */
  get idleSince(): number {
    return this.running > 0 ? Infinity : this.quietSince;
  }

  /** What ends it, once that was asked for. */
  get end(): { readonly by: TransactionEnd; readonly done: Promise<number> } | undefined {
    return this.current;
  }

  /** The server has rolled it back by itself, as it refused a statement with `error`. */
  get undone(): { readonly error: unknown } | undefined {
    return this.undoneBy;
  }

  wasUndone(error: unknown): void {
    this.undoneBy ??= { error };
  }

  /** A statement is too late. */
  get closedBy(): TransactionEnd | undefined {
    if (this.undoneBy) return 'rollback';
    return this.draining ? undefined : this.current?.by;
  }

  /** A statement is under way, or may follow from one that has just been answered. */
  get mayBeUnderWay(): boolean {
    return this.running > 0 || this.overlapped;
  }

  /** REQUIRES: `end` is undefined. */
  ends(by: TransactionEnd, send: () => Promise<number>): Promise<number> {
    const current = { by, done: Promise.resolve(0) };
    this.current = current;
    current.done = send();
    return current.done;
  }

  statementBegins(): void {
    this.running += 1;
    if (this.running > 1) this.overlapped = true;
  }

  statementEnded(): void {
    this.running -= 1;
    if (this.running > 0) return;
    this.quietSince = performance.now();
    for (const resolve of this.onQuiet.splice(0)) resolve();
  }

  statementFailed(error: unknown): void {
    if (this.draining) this.failure ??= { error };
    this.statementEnded();
  }

  /** Resolves once no statement is under way. */
  quiet(): Promise<void> | undefined {
    if (this.running === 0) return undefined;
    return new Promise((resolve) => this.onQuiet.push(resolve));
  }

  /** Resolves once no statement is under way and none follows, with the first that has failed since. */
  async drained(): Promise<{ readonly error: unknown } | undefined> {
    this.draining = true;
    do {
      await this.quiet();
      // Prisma sends the next statement of a nested write in the same turn in which it has read the answer to the last.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.running > 0);
    this.draining = false;
    return this.failure;
  }
}

/** Prisma's own error for what comes after the end of a transaction. */
export function transactionClosed(operation: 'query' | TransactionEnd, by: TransactionEnd, cause?: unknown): Error {
  const ended = by === 'commit' ? 'a committed transaction' : 'a transaction that was rolled back';
  const error = new Error(
    `Transaction API error: Transaction already closed: A ${operation} cannot be executed on ${ended}.`,
  );
  error.name = 'TransactionManagerError';
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return Object.assign(error, { code: 'P2028' });
}
