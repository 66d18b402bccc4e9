/** One client under a steady load of reads and writes, with a ledger of every write. */
import { Ledger, type Settlement } from '../../test/support/ledger';
import type { PostgresCluster } from '../../test/support/postgres';

/** The part of the generated client that the load uses. */
export interface DemoClient {
  ledgerEntry: {
    create(args: { data: { token: string; kind: string } }): PromiseLike<unknown>;
    findMany(args: { take: number; orderBy: { id: 'desc' } }): PromiseLike<unknown>;
  };
}

export interface SubjectReport {
  readonly name: string;
  readonly operations: number;
  readonly failed: number;
  readonly hung: number;
  readonly longestWaitMs: number;
  /** Per fault: from the server's return to the first success after it, in ms; undefined where there was none. */
  readonly firstSuccessMs: ReadonlyMap<string, number | undefined>;
  readonly settlement: Settlement;
}

export class Subject {
  operations = 0;
  succeeded = 0;
  failed = 0;
  private readonly pending = new Map<number, number>();
  private readonly ledger: Ledger;
  private readonly firstSuccess = new Map<string, number | undefined>();
  private backSince: { fault: string; at: number } | undefined;
  private longestWaitMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly name: string,
    private readonly client: DemoClient,
  ) {
    this.ledger = new Ledger(name);
  }

  get inFlight(): number {
    return this.pending.size;
  }

  /** Open loop: operations begin on time whether earlier ones have ended or not. */
  start(perSecond: number): void {
    const began = performance.now();
    let begun = 0;
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - began) * perSecond) / 1000);
      for (; begun < due; ++begun) void this.operate(begun);
    }, 5);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The server answers again: the next success is the first. */
  serverIsBack(fault: string): void {
    this.backSince = { fault, at: performance.now() };
    this.firstSuccess.set(fault, undefined);
  }

  async report(cluster: PostgresCluster): Promise<SubjectReport> {
    const now = performance.now();
    for (const began of this.pending.values()) this.longestWaitMs = Math.max(this.longestWaitMs, now - began);
    return {
      name: this.name,
      operations: this.operations,
      failed: this.failed,
      hung: this.pending.size,
      longestWaitMs: this.longestWaitMs,
      firstSuccessMs: this.firstSuccess,
      settlement: await this.ledger.settle(cluster),
    };
  }

  private async operate(index: number): Promise<void> {
    const began = performance.now();
    this.operations += 1;
    this.pending.set(index, began);
    const token = index % 2 === 0 ? undefined : this.ledger.begin('create');
    try {
      if (token === undefined) await this.client.ledgerEntry.findMany({ take: 5, orderBy: { id: 'desc' } });
      else await this.client.ledgerEntry.create({ data: { token, kind: 'create' } });
      if (token !== undefined) this.ledger.acknowledge(token);
      this.succeeded += 1;
      this.noteSuccess();
    } catch (error) {
      if (token !== undefined) this.ledger.fail(token, error);
      this.failed += 1;
    }
    this.pending.delete(index);
    this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - began);
  }

  private noteSuccess(): void {
    if (!this.backSince) return;
    this.firstSuccess.set(this.backSince.fault, performance.now() - this.backSince.at);
    this.backSince = undefined;
  }
}
