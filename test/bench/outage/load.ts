/** Open-loop load, half reads and half writes, and a book of every operation. */
import { Ledger, type Attempt, type Outcome } from '../../support/ledger';
import { now } from './clock';
import type { Subject } from './subjects';

export interface Operation {
  readonly read: boolean;
  readonly began: number;
  /** undefined: it has not settled. */
  ended?: number;
  ok: boolean;
  /** Of a failed one: what its error claims, and which error it was. */
  outcome?: Outcome;
  error?: string;
  /** It failed because something was full, and the budget for retries spent. */
  crowdedOut?: boolean;
}

/** Operations that had, or waited for, a connection of the driver's pool. */
export interface PoolSample {
  readonly at: number;
  readonly demand: number;
}

const kTickMs = 2;
const kSampleMs = 5;

export class Load {
  readonly operations: Operation[] = [];
  readonly samples: PoolSample[] = [];
  private readonly ledger = new Ledger('outage');
  private pending = 0;
  private timer: NodeJS.Timeout | undefined;
  private sampler: NodeJS.Timeout | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly poolDemand: () => number,
  ) {}

  /** Operations begin on time whether earlier ones have ended or not. */
  start(perSecond: number): void {
    const start = now();
    this.timer = setInterval(() => {
      const due = Math.floor(((now() - start) * perSecond) / 1000);
      while (this.operations.length < due) void this.run();
    }, kTickMs);
    this.sampler = setInterval(() => this.samples.push({ at: now(), demand: this.poolDemand() }), kSampleMs);
  }

  /** No new operations; resolves once all have settled, or after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    clearInterval(this.timer);
    const until = now() + patienceMs;
    while (this.pending > 0 && now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    clearInterval(this.sampler);
  }

  get attempts(): Omit<Attempt, 'error'>[] {
    return this.ledger.attempts.map(({ token, kind, children, state, outcome }) => ({
      token,
      kind,
      children,
      state,
      outcome,
    }));
  }

  private async run(): Promise<void> {
    const read = this.operations.length % 2 === 0;
    const operation: Operation = { read, began: now(), ok: false };
    this.operations.push(operation);
    this.pending += 1;
    const token = read ? '' : this.ledger.begin('create');
    try {
      await (read ? this.subject.read() : this.subject.write(token));
      operation.ok = true;
      if (!read) this.ledger.acknowledge(token);
    } catch (error) {
      operation.error = describe(error);
      operation.outcome = claimOf(error);
      operation.crowdedOut = wasCrowdedOut(error);
      if (!read) this.ledger.fail(token, error);
    }
    operation.ended = now();
    this.pending -= 1;
  }
}

function claimOf(error: unknown): Outcome {
  const claim = (error as { resilience?: { outcome?: Outcome } } | undefined)?.resilience?.outcome;
  return claim ?? 'unstated';
}

function wasCrowdedOut(error: unknown): boolean {
  const { errorClass, reason } = (error as { resilience?: Record<string, unknown> } | undefined)?.resilience ?? {};
  return errorClass === 'saturated' && reason === 'retry-budget';
}

/** Its last line: Prisma shows the call first, and then what is wrong. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, resilience } = error as { code?: unknown; resilience?: { errorClass: string; reason: string } };
  const line = error.message.trim().split('\n').at(-1) ?? '';
  const why = resilience ? ` [${resilience.errorClass}, ${resilience.reason}]` : '';
  return `${error.name}${code === undefined ? '' : ` ${String(code)}`}: ${line}${why}`;
}
