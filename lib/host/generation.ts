/** One client made by the factory, with what is in flight on it, so that it can be drained and dismissed. */
import { recordOf } from '../adapter/failure-memory';
import type { Guard } from '../adapter/guard';
import type { GuardOutcome, GuardPhase, TransactionOrigins } from '../adapter/guard-host';
import { throwFailedTransactions } from '../client/engine-answer';
import { InteractiveStarts } from '../client/interactive-starts';
import { type QueryEngine, internalsOf, queryEngineOf } from '../client/internals';
import { hasComputedFields } from '../client/operation-info';
import { endTransactionsLast } from '../client/transaction-order';
import type { ClientLike, Generation } from '../contracts/operation';
import type { BeneathPrisma } from './guard-host';

/** How long Prisma waits for a transaction's BEGIN where nobody says otherwise. */
const kPrismaMaxWaitMs = 2000;

interface ClientFacts {
  readonly prismaMajor: number;
  /** With Prisma's query compiler, not an engine in Rust. */
  readonly compilesQueries: boolean;
  /** 'pg', 'mariadb', …; '' without a driver adapter. */
  readonly driver: string;
  /** From the guard: how far it came, and what that proves. */
  readonly phase?: GuardPhase;
  readonly inTransaction?: boolean;
  readonly provenOutcome?: GuardOutcome;
  /** The failure itself, where Prisma hides it behind an error of its own. */
  readonly hidden?: unknown;
  /** Tries that the guard made beneath Prisma; 0 where it has not seen this failure. */
  readonly triesBeneath: number;
  /** And how long it waited between them, in ms. */
  readonly waitedBeneathMs: number;
  /** The guard has told the core of this very failure. */
  readonly reportedBeneath: boolean;
}

export class ServingGeneration implements Generation, TransactionOrigins {
  readonly cache = new WeakMap<object, unknown>();
  readonly slots: unknown[] = [];
  mayHaveUserCode: boolean;
  inFlight = 0;
  /** Called each time nothing is in flight any more; set while it drains. */
  onIdle: (() => void) | undefined = undefined;
  private readonly prismaMajor: number;
  private readonly engine: QueryEngine;
  private readonly driver: string;
  private readonly interactive: InteractiveStarts | undefined;

  constructor(
    readonly client: ClientLike,
    public epoch: number,
    /** Beneath the client, where the factory asked for it. */
    readonly guard: Guard | undefined,
    beneath: BeneathPrisma | undefined,
  ) {
    if (beneath) beneath.serving = true;
    this.mayHaveUserCode = hasComputedFields(client);
    this.interactive = guard && InteractiveStarts.beneath(client);
    guard?.serve(epoch, this);
    this.prismaMajor = majorOf(client);
    this.engine = queryEngineOf(client);
    if (this.prismaMajor < 6) throwFailedTransactions(client);
    // An engine in Rust sends one statement after the other, so that the guard sees none beside COMMIT.
    if (!guard || this.engine !== 'compiler') endTransactionsLast(client);
    this.driver = driverOf(client);
  }

  get mayBeInteractive(): boolean {
    return this.interactive?.any ?? true;
  }

  get showsErrors(): boolean {
    return this.engine === 'compiler';
  }

  /**
   * Nothing keeps the statements of a nested write from going out after their transaction has expired: Prisma sends them
   * one by one, and the guard is not there to refuse them. (An engine in Rust, where it is known to be one, runs a nested
   * write to its end.)
   */
  get outrunsItsTransactions(): boolean {
    return this.guard === undefined && this.engine !== 'rust';
  }

  /**
   * A try that began at `since` has failed, and something of it, or of another's, is still under way beneath Prisma:
   * resolves when that has ended. A BEGIN that Prisma has just asked for is not its own: by half of the time that Prisma
   * waits, since Prisma looks at its clock before it asks.
   */
  leftUnderWay(since: number, startLimitMs = this.startLimitMs): Promise<unknown> | undefined {
    return this.guard?.departures.ofTry(since, performance.now() - startLimitMs / 2);
  }

  private get startLimitMs(): number {
    return internalsOf(this.client)._engineConfig?.transactionOptions?.maxWait ?? kPrismaMaxWaitMs;
  }

  /** What is known of a failure besides the error itself. */
  facts(error: unknown): ClientFacts {
    const { engine, prismaMajor, driver } = this;
    const ofPrisma = { prismaMajor, compilesQueries: engine === 'compiler', driver };
    const record = this.guard && recordOf(error);
    if (!record) return { ...ofPrisma, triesBeneath: 0, waitedBeneathMs: 0, reportedBeneath: false };
    const inTransaction = record.inTransaction && record.phase !== 'commit';
    const { asked: reportedBeneath, hidden, outcome: provenOutcome, phase } = record;
    const { tries: triesBeneath, waitedMs: waitedBeneathMs } = record;
    const beneath = { triesBeneath, waitedBeneathMs, reportedBeneath };
    return { ...ofPrisma, phase, inTransaction, provenOutcome, hidden, ...beneath };
  }
}

/** From `_clientVersion`, which Prisma 5, 6 and 7 all have; 0 where it is missing. */
function majorOf(client: ClientLike): number {
  return Number.parseInt(internalsOf(client)._clientVersion ?? '', 10) || 0;
}

/** 'pg' from '@prisma/adapter-pg'; '' without a driver adapter. */
function driverOf(client: ClientLike): string {
  const adapter = internalsOf(client)._engineConfig?.adapter as { adapterName?: unknown } | null | undefined;
  const name = adapter?.adapterName;
  return typeof name === 'string' ? name.replace(/^@prisma\/adapter-/, '') : '';
}
