/**
 * Commits in doubt across a crash that loses WAL: the server hands their transaction ids out again, and pg_xact_status
 * then tells of somebody else's transaction. The rule must not be fooled where the status alone is.
 */
import { type PgFlavour, availableFlavours } from '../../support/pg_binaries';
import { recordOf } from '../../../lib/adapter/failure-memory';
import type { PatientHost } from './patient-host';
import { GuardLab, type Guarded, newToken } from './lab';

/** The first to commit waits 100 ms before it flushes, everybody else for him; nobody else flushes in between. */
const kSlowFlushes = {
  fsync: 'on',
  commit_delay: '100000',
  commit_siblings: '1',
  wal_writer_delay: '10s',
  wal_writer_flush_after: '1GB',
  wal_buffers: '16MB',
  autovacuum: 'off',
};
const kWriters = 40;
const kWantedInDoubt = 50;
const kOthersWrites = 120;

interface Verdicts {
  decided: number;
  /** pg_xact_status says another thing than what happened. */
  fooled: number;
}

function tally(host: PatientHost): Verdicts {
  const decided = host.verdicts.filter(({ verdict }) => !verdict.askAgain && verdict.reason !== 'nothing-written');
  const fooled = decided.filter(
    ({ observed, verdict }) => (observed.status === 'committed') !== (verdict.verdict === 'committed'),
  );
  return { decided: decided.length, fooled: fooled.length };
}

describe.each(availableFlavours())('%s server', (flavour: PgFlavour) => {
  let lab: GuardLab;

  beforeAll(async () => {
    lab = await GuardLab.start({ flavour, settings: kSlowFlushes });
    await lab.cluster.query('CREATE TABLE others (id int)');
  });
  afterAll(() => lab.dispose());

  function guarded(): Guarded {
    return lab.guarded({ onUnknownOutcome: 'verify' }, { max: kWriters });
  }

  async function othersWrite(): Promise<void> {
    // One transaction, and so one id, each; without waiting for the disk.
    await lab.cluster.query('SET synchronous_commit = off');
    for (let i = 0; i < kOthersWrites; i += 1) await lab.cluster.query('INSERT INTO others VALUES ($1)', [i]);
  }

  /** Crashes the server while commits wait for the disk, and lets others write before anybody asks. */
  async function crashRound<T>(client: Guarded, writes: readonly (() => PromiseLike<T>)[]): Promise<T[]> {
    let go = (): void => undefined;
    client.host.hold = new Promise((resolve) => (go = resolve));
    const sent = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^COMMIT/, probability: 0 });
    const running = Promise.all(writes.map((write) => write()));
    running.catch(() => undefined);
    // Most have sent COMMIT, and the first of them still waits.
    while (sent.matches < writes.length / 2) await new Promise((resolve) => setTimeout(resolve, 1));
    sent.remove();
    await lab.cluster.stop('immediate');
    await lab.cluster.start();
    await othersWrite();
    client.host.hold = undefined;
    go();
    return running;
  }

  async function warm(client: Guarded): Promise<void> {
    await Promise.all(
      Array.from({ length: kWriters }, () => client.client.$queryRawUnsafe('SELECT pg_sleep(0.05)::text')),
    );
  }

  test('single writes: what was lost is written again, what survived is not', async () => {
    const client = guarded();
    const tokens: string[] = [];
    while (tally(client.host).decided < kWantedInDoubt) {
      await warm(client);
      const round = Array.from({ length: kWriters }, newToken);
      tokens.push(...round);
      const written = await crashRound(
        client,
        round.map((token) => () => client.client.token.create({ data: { token } })),
      );
      expect(written.map((row) => row.token)).toEqual(round);
    }
    expect(await lab.count(...tokens)).toEqual(tokens.map(() => 1));
    expect(tally(client.host).fooled).toBeGreaterThan(0);
  });

  test('array transactions: resolved exactly if they are there', async () => {
    const client = guarded();
    const ends: { token: string; applied: boolean }[] = [];
    while (tally(client.host).decided < kWantedInDoubt) {
      await warm(client);
      const round = Array.from({ length: kWriters }, newToken);
      const results = await crashRound(
        client,
        round.map((token) => async () => {
          const { client: prisma } = client;
          const members = [
            prisma.token.create({ data: { token } }),
            prisma.$executeRawUnsafe('UPDATE tokens SET small = 1 WHERE token = $1', token),
          ];
          try {
            await prisma.$transaction(members);
            return { token, applied: true, outcome: undefined };
          } catch (error) {
            return { token, applied: false, outcome: recordOf(error)?.outcome };
          }
        }),
      );
      for (const { applied, outcome, token } of results) {
        if (!applied) expect(outcome).toBe('not-applied');
        ends.push({ token, applied });
      }
    }
    expect(await lab.count(...ends.map(({ token }) => token))).toEqual(ends.map(({ applied }) => (applied ? 1 : 0)));
    expect(tally(client.host).fooled).toBeGreaterThan(0);
  });

  test('a clean restart loses nothing, and is decided as such', async () => {
    const client = guarded();
    const token = newToken();
    let go = (): void => undefined;
    client.host.hold = new Promise((resolve) => (go = resolve));
    const cut = lab.proxy.loseAcknowledgements({ times: 1 });
    const writing = Promise.resolve(client.client.token.create({ data: { token } }));
    while (cut.hits === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await lab.cluster.restart('fast');
    // Prisma's connections are told to leave; theirs is not what is in doubt here.
    await othersWrite();
    client.host.hold = undefined;
    go();
    await writing;
    expect(await lab.count(token)).toEqual([1]);
    expect(client.host.verdicts.map(({ verdict }) => verdict.reason)).toEqual(['clean-restart']);
  });

  test('a crash right behind a checkpoint is not taken for a clean restart', async () => {
    const client = guarded();
    const token = newToken();
    let go = (): void => undefined;
    client.host.hold = new Promise((resolve) => (go = resolve));
    const cut = lab.proxy.loseAcknowledgements({ times: 1 });
    const writing = Promise.resolve(client.client.token.create({ data: { token } }));
    writing.catch(() => undefined);
    while (cut.hits === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await lab.cluster.query('CHECKPOINT');
    await lab.cluster.restart('immediate');
    client.host.hold = undefined;
    go();
    await writing.catch((error) => expect(recordOf(error)).toMatchObject({ phase: 'commit', outcome: 'unknown' }));
    expect(await lab.count(token)).toEqual([1]);
    expect(client.host.verdicts.map(({ verdict }) => verdict.reason)).not.toContain('clean-restart');
  });
});
