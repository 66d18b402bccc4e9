import type { ConnectionFacts, GuardPhase, GuardWork } from './guard-host';
import { type PoolClient, bytesReadBy, destroySocket, factsOf, isDead } from './pool-client';

/**
 * A connection that a pool opens. Where it does so for who waits in its queue, no request knows of it before it is handed
 * out; on a network that swallows packets it never is, and its place in the pool is lost.
 */
export class OpeningConnection implements GuardWork {
  readonly kind = 'connect';
  readonly phase: GuardPhase = 'acquire';
  readonly inTransaction = false;
  readonly sql = '';
  readonly sentAt = 0;
  readonly tries = 1;
  readonly waitedMs = 0;
  ticket: unknown = undefined;
  /** When it was first seen. */
  readonly startedAt = performance.now();
  readonly begunAt = this.startedAt;

  constructor(
    private readonly client: PoolClient,
    readonly epoch: number,
  ) {}

  bytesRead(): number | undefined {
    return bytesReadBy(this.client);
  }

  connectionDead(): boolean {
    return isDead(this.client);
  }

  connectionFacts(): ConnectionFacts {
    return factsOf(this.client);
  }

  abandon(): boolean {
    void destroySocket(this.client);
    return true;
  }
}
