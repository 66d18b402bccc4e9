/** An application under test: guarded client, steady load of reads and writes, a book of what it was told. */
import {
  type FactoryContext,
  type ResilienceAnnotation,
  type ResilientConfig,
  ResilientPrismaClient,
} from '../../../lib';
import { Ledger, type LedgerStore, type Settlement } from '../../support/ledger';
import { paced } from '../../support/pace';
import { generatedClient, makeAdapter, pacedTransactions } from '../../support/prisma';
import { type Failure, OpenLoad } from '../open-load';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Client = InstanceType<ReturnType<typeof generatedClient>['PrismaClient']>;

/** What is said of it, in the order in which it was. */
export interface Told {
  readonly events: string[];
  readonly log: string[];
}

export interface Outcome {
  /** Operations that have not settled within 20 s of the load's end. */
  readonly hung: number;
  readonly failures: readonly (Failure & { readonly why: ResilienceAnnotation | undefined })[];
  readonly settlement: Settlement;
}

/** The package's own defaults. */
const kDeadlineMs = 15_000;
const kPoolTimeoutMs = 10_000;
/** As many as the load of `through` has at once where all is well. */
const kFewInFlight = 5;

const kEvents = ['disconnect', 'reconnect:success', 'reconnect:failed', 'hard-reset', 'failover'] as const;

export class Application {
  private constructor(
    readonly resilient: ResilientPrismaClient<Client>,
    readonly told: Told,
  ) {}

  /** Resolves once it is connected. `adapter` makes those of its clients. */
  static async open(
    adapter: string | ((context: FactoryContext) => ReturnType<typeof makeAdapter>),
    config: ResilientConfig = {},
  ): Promise<Application> {
    const { PrismaClient } = generatedClient();
    const told: Told = { events: [], log: [] };
    const note = (...parts: unknown[]): void => void told.log.push(parts.join(' '));
    // Else whoever queues behind silent connections is refused before a busy machine has found these out.
    const pool = { connectionTimeoutMillis: paced(kPoolTimeoutMs) };
    const made = typeof adapter === 'string' ? () => makeAdapter(adapter, pool) : adapter;
    const { reconnect, ...rest } = config;
    const resilient = new ResilientPrismaClient(
      (ctx) => new PrismaClient({ adapter: ctx.guard(made(ctx)), transactionOptions: pacedTransactions() }),
      {
        logging: { level: 'debug', logger: { debug: note, info: note, warn: note, error: note } },
        reconnect: { deadline: paced(kDeadlineMs), ...reconnect },
        ...rest,
      },
    );
    for (const name of kEvents) resilient.on(name, () => told.events.push(name));
    await resilient.ready();
    return new Application(resilient, told);
  }

  get prisma(): Client {
    return this.resilient.getClient();
  }

  /** Half reads, half writes, before, in and after a fault. */
  async through(
    store: () => LedgerStore,
    fault: () => Promise<unknown>,
    { perSecond = 50, afterMs = 1500 }: { perSecond?: number; afterMs?: number } = {},
  ): Promise<Outcome> {
    const { prisma } = this;
    const ledger = new Ledger('outage');
    const load = new OpenLoad(perSecond, (index) =>
      index % 2 === 0
        ? prisma.ledgerEntry.findMany({ take: 1 })
        : ledger.record('create', (token) => prisma.ledgerEntry.create({ data: { token, kind: 'create' } })),
    );
    load.start();
    await sleep(300);
    await fault();
    await sleep(afterMs);
    load.stop();
    const hung = await load.settled(paced(20_000));
    const failures = load.failures.map((failure) => {
      const { resilience: why } = failure.error as { resilience?: ResilienceAnnotation };
      return { ...failure, why };
    });
    return { hung, failures, settlement: await ledger.settle(store()) };
  }

  /** Lets an outage last for `ms`, and until it was seen: on a busy machine a silence is noticed later. */
  async outage(ms: number): Promise<void> {
    await sleep(ms);
    await eventually(() => this.told.events.includes('disconnect'), paced(20_000));
  }

  /**
   * Lets the network be well for `ms`, and until nothing is left of its last fault: an operation is run three times, so that
   * faults which follow each other more quickly than a busy machine works may end it.
   */
  async calm(ms: number): Promise<void> {
    await sleep(ms);
    const isCalm = (): boolean => {
      const { inFlight, parked } = this.resilient.getConnectionStats();
      return parked === 0 && inFlight <= kFewInFlight;
    };
    await eventually(isCalm, paced(20_000));
  }

  close(): Promise<void> {
    return this.resilient.shutdown();
  }
}

/** Resolves once it holds, or after `ms`. */
export async function eventually(holds: () => Promise<boolean> | boolean, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds()) && performance.now() < end) await sleep(20);
}
