/** How much the pools of `pg` are asked for in this process: connections in use or being opened, and waiters. */
import pg from 'pg';

interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  /** It was told to end: whoever still stands in its queue was taken back long ago. */
  readonly ending: boolean;
}

/** Call before any client is made: from then on every pool that is used is known. */
export function watchPools(): () => number {
  const pools = new Set<PoolCounts>();
  const prototype = pg.Pool.prototype as unknown as { connect(...args: unknown[]): unknown };
  const { connect } = prototype;
  prototype.connect = function (this: PoolCounts, ...args: unknown[]): unknown {
    pools.add(this);
    return connect.apply(this, args);
  };
  return () => {
    let demand = 0;
    for (const { totalCount, idleCount, waitingCount, ending } of pools) {
      if (!ending) demand += totalCount - idleCount + waitingCount;
    }
    return demand;
  };
}
