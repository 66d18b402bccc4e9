/**
 * Commits in doubt across a crash that loses WAL: the server hands their transaction ids out again, and pg_xact_status
 * then tells of somebody else's transaction. The rule must not be fooled where the status alone is.
 */
import { type PgFlavour, availableFlavours } from '../../support/pg_binaries';
import { recordOf } from '../../../lib/adapter/failure-memory';
import type { PatientHost } from './patient-host';
import { HeldFlush, kHoldableFlushes } from '../../support/pg_flush';
import { GuardLab, type Guarded, newToken, until } from './lab';

const kWriters = 40;
/** Half of the writers of a round are acknowledged by the server and not told so, the others' commits are lost. */
const kHalf = kWriters / 2;
const kRounds = 2;
const kOthersWrites = 120;

interface Verdicts {
  decided: number;
  /** pg_xact_status says another thing than what happened. */
  fooled: number;
}

/** Each lost commit's id is given out again, and its second owner commits. */
const kTold: Verdicts = { decided: kRounds * kWriters, fooled: kRounds * kHalf };

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
    lab = await GuardLab.start({ flavour, settings: kHoldableFlushes });
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

  /**
   * The first half of the writes is committed, and its acknowledgements are lost; the server crashes while the commits
   * of the second half wait for the disk, and others write before anybody asks.
   */
  async function crashRound<T>(client: Guarded, writes: readonly (() => PromiseLike<T>)[]): Promise<T[]> {
    let go = (): void => undefined;
    client.host.hold = new Promise((resolve) => (go = resolve));
    const cut = lab.proxy.loseAcknowledgements({ times: kHalf });
    const survive = Promise.all(writes.slice(0, kHalf).map((write) => write()));
    survive.catch(() => undefined);
    await until(() => cut.hits === kHalf);
    const flush = await HeldFlush.hold(lab.cluster);
    const sent = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^COMMIT/, probability: 0 });
    const vanish = Promise.all(writes.slice(kHalf).map((write) => write()));
    vanish.catch(() => undefined);
    await until(() => sent.matches === kHalf);
    sent.remove();
    await flush.crash();
    await othersWrite();
    client.host.hold = undefined;
    go();
    return [...(await survive), ...(await vanish)];
  }

  async function warm(client: Guarded): Promise<void> {
    await Promise.all(
      Array.from({ length: kWriters }, () => client.client.$queryRawUnsafe('SELECT pg_sleep(0.05)::text')),
    );
  }

  test('single writes: what was lost is written again, what survived is not', async () => {
    const client = guarded();
    const tokens: string[] = [];
    for (let i = 0; i < kRounds; i += 1) {
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
    expect(tally(client.host)).toEqual(kTold);
  });

  test('array transactions: resolved exactly if they are there', async () => {
    const client = guarded();
    const ends: { token: string; applied: boolean }[] = [];
    for (let i = 0; i < kRounds; i += 1) {
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
      const outcomes = results.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(results.map((_, k) => (k < kHalf ? undefined : 'not-applied')));
      ends.push(...results);
    }
    expect(await lab.count(...ends.map(({ token }) => token))).toEqual(ends.map(({ applied }) => (applied ? 1 : 0)));
    expect(tally(client.host)).toEqual(kTold);
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
