/** Many writers of tokens that nobody else writes, each in one of the ways in which Prisma writes. */
import type { Queries, TestClient } from '../e2e/errors/prisma-version';
import type { Ledger } from '../support/ledger';
import { Random } from '../support/random';

interface Kind {
  readonly name: string;
  readonly children: number;
  write(client: TestClient, token: string): PromiseLike<unknown>;
}

const create = (queries: Queries, token: string): PromiseLike<unknown> => queries.token.create({ data: { token } });
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
    write: (client, token) =>
      client.$transaction([
        create(client, token),
        client.$executeRawUnsafe('UPDATE tokens SET small = 1 WHERE token = $1', token),
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
    name: 'raw',
    children: 0,
    write: (client, token) => client.$executeRawUnsafe('INSERT INTO tokens (token) VALUES ($1)', token),
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

  constructor(
    private readonly client: TestClient,
    private readonly ledger: Ledger,
    seed: number,
    count: number,
  ) {
    for (let i = 0; i < count; i += 1) this.lanes.push(this.write(new Random(seed * 10_007 + i)));
  }

  /** Resolves when every write has ended; rejects if some have not within `ms`. */
  async stop(ms: number): Promise<void> {
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
    const ended = await Promise.race([Promise.all(this.lanes), late]);
    clearTimeout(timer);
    if (ended === 'late') throw new Error(`${this.ledger.pending} writes have not ended ${ms} ms after the last fault`);
  }

  private async write(random: Random): Promise<void> {
    while (!this.stopped) {
      await new Promise((resolve) => setTimeout(resolve, random.between(0, kPauseMs)));
      const kind = random.pick(kKinds);
      await this.ledger.record(kind.name, (token) => kind.write(this.client, token), kind.children);
    }
  }
}
