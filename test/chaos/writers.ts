/** Many writers of tokens that nobody else writes, each in one of the ways in which Prisma writes. */
import type { PrismaVersion, Queries, TestClient } from '../e2e/errors/prisma-version';
import { Random } from '../support/random';
import type { Ledger } from '../support/ledger';

/** What writers need of the place that they write in. */
export interface WritersStage {
  readonly client: TestClient;
  readonly ledger: Ledger;
  readonly guarded: boolean;
  /** Of the first value in raw SQL. */
  readonly placeholder: '$1' | '?';
  /** A transaction of unknown outcome is run again. */
  readonly repeatsUnknown: boolean;
  readonly options: { readonly version: PrismaVersion; readonly seed: number };
}

interface Kind {
  readonly name: string;
  readonly children: number;
  /** Versions of Prisma for which it is not written without the guard. */
  needsGuard?(version: PrismaVersion): boolean;
  write(
    client: TestClient,
    token: string,
    random: Random,
    stage: Pick<WritersStage, 'placeholder' | 'repeatsUnknown'>,
  ): PromiseLike<unknown>;
}

const create = (queries: Queries, token: string): PromiseLike<unknown> => queries.token.create({ data: { token } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A read, and then two writes that would do by themselves. */
const upsert = (queries: Queries, token: string): PromiseLike<unknown> =>
  queries.token.upsert({ where: { token }, create: { token, notes: kNotes }, update: { small: 1 } });
const kNotes = { create: [{ text: 'first' }, { text: 'second' }] };

export const kKinds: readonly [Kind, ...Kind[]] = [
  { name: 'create', children: 0, write: create },
  {
    name: 'nested',
    children: 2,
    write: (client, token) => client.token.create({ data: { token, notes: kNotes } }),
  },
  {
    name: 'array',
    children: 0,
    write: (client, token, _random, { placeholder }) =>
      client.$transaction([
        create(client, token),
        client.$executeRawUnsafe(`UPDATE tokens SET small = 1 WHERE token = ${placeholder}`, token),
      ]),
  },
  {
    name: 'interactive',
    children: 1,
    write: (client, token) =>
      client.$transaction(
        async (tx) => {
          const { id } = (await create(tx, token)) as { id: number };
          await tx.note.create({ data: { text: 'inside', tokenId: id } });
        },
        { maxWait: 30_000, timeout: 30_000 },
      ),
  },
  {
    name: 'out of time',
    children: 2,
    // It may be torn, which is said to be unknown; and before 7.10 a ROLLBACK that fails then ends the process.
    needsGuard: ({ major }) => major > 5,
    write: (client, token, random) =>
      client.$transaction((tx) => upsert(tx, token) as Promise<unknown>, {
        maxWait: 30_000,
        timeout: random.between(1, 200),
      }),
  },
  {
    name: 'a branch that throws',
    children: 2,
    write: (client, token, random) =>
      client.$transaction(
        (tx) => {
          const thrown = pause(random.between(0, 8)).then(() => Promise.reject(new Error('of the caller')));
          return Promise.all([upsert(tx, token), thrown]);
        },
        { maxWait: 30_000, timeout: 30_000 },
      ),
  },
  {
    name: 'under way at the end',
    children: 2,
    write: async (client, token, random, { repeatsUnknown }) => {
      let late: Promise<unknown> = Promise.resolve();
      let runs = 0;
      const returns = random.chance(0.5);
      await client.$transaction(
        async (tx) => {
          runs += 1;
          late = Promise.resolve(upsert(tx, token));
          late.catch(() => undefined);
          await pause(random.between(0, 8));
          if (!returns) throw new Error('of the caller');
        },
        { maxWait: 30_000, timeout: 30_000 },
      );
      // The transaction is committed, with or without it; an earlier run may have been, and with it.
      const outcome = repeatsUnknown && runs > 1 ? 'unknown' : 'not-applied';
      await late.catch((error: Error) => {
        throw Object.assign(error, { resilience: { outcome } });
      });
    },
  },
  {
    name: 'no time to begin',
    children: 0,
    write: (client, token, random) =>
      client.$transaction((tx) => create(tx, token) as Promise<unknown>, {
        maxWait: random.between(1, 8),
        timeout: 30_000,
      }),
  },
  {
    name: 'raw',
    children: 0,
    write: (client, token, _random, { placeholder }) =>
      client.$executeRawUnsafe(`INSERT INTO tokens (token) VALUES (${placeholder})`, token),
  },
  {
    name: 'raw with the value inside',
    children: 0,
    write: (client, token) => client.$queryRawUnsafe(`INSERT INTO tokens (token) VALUES ('${token}') RETURNING id`),
  },
];

/** Pause between two writes of one writer. */
const kPauseMs = 150;

export class Writers {
  private readonly lanes: Promise<void>[] = [];
  private stopped = false;

  private readonly kinds: readonly [Kind, ...Kind[]];

  constructor(
    private readonly stage: WritersStage,
    count: number,
    seed = stage.options.seed,
  ) {
    const { version } = stage.options;
    const unfit = (kind: Kind): boolean => !stage.guarded && kind.needsGuard?.(version) === true;
    this.kinds = kKinds.filter((kind) => !unfit(kind)) as [Kind, ...Kind[]];
    for (let i = 0; i < count; i += 1) this.lanes.push(this.write(new Random(seed * 10_007 + i)));
  }

  /** Resolves when every write has ended; rejects if some have not within `ms`. */
  async stop(ms: number): Promise<void> {
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
    const ended = await Promise.race([Promise.all(this.lanes), late]);
    clearTimeout(timer);
    if (ended !== 'late') return;
    const pending = this.stage.ledger.attempts.filter(({ state }) => state === 'pending');
    throw new Error(
      `${pending.length} writes have not ended ${ms} ms after the last fault: ${pending.map(({ kind }) => kind).join(', ')}`,
    );
  }

  private async write(random: Random): Promise<void> {
    while (!this.stopped) {
      await new Promise((resolve) => setTimeout(resolve, random.between(0, kPauseMs)));
      const kind = random.pick(this.kinds);
      const { client, ledger } = this.stage;
      await ledger.record(kind.name, (token) => kind.write(client, token, random, this.stage), kind.children);
    }
  }
}
