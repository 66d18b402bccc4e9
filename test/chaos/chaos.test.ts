/**
 * The ledger under chaos: what 200 writers were told, beside what is in the table when everything has come to rest.
 *
 * CHAOS_SECONDS sets how long the faults go on in each mode (20), CHAOS_SEED which they are.
 */
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { breachesOf, Ledger } from '../support/ledger';
import { runChaos } from './run';
import { type Mode, Stage } from './stage';
import { Writers } from './writers';

const kSeconds = Number(process.env.CHAOS_SECONDS ?? 20);
const kSeed = Number(process.env.CHAOS_SEED ?? 7);

jest.setTimeout((kSeconds + 180) * 1000);

test.each<[Mode]>([['throw'], ['verify'], ['marker']])(
  '%s: nothing lost, nothing twice, nothing denied',
  async (mode) => {
    const version = new PrismaVersion(7);
    const { faults, settlement, unknown } = await runChaos({ mode, version, seconds: kSeconds, seed: kSeed });
    expect(breachesOf(settlement)).toEqual([]);
    expect(settlement.hung).toBe(0);
    expect(settlement.failed.unstated).toBe(0);
    // What the database can decide is decided.
    if (mode !== 'throw') expect(unknown).toEqual({});
    expect(Object.keys(faults).length).toBeGreaterThan(1);
    expect(settlement.acknowledged).toBeGreaterThan(200);
  },
);

test('the same book shows what retrying without asking does', async () => {
  const stage = await Stage.set({ mode: 'unguarded', version: new PrismaVersion(7), seed: kSeed });
  try {
    const { client, pair, proxy } = stage;
    const ledger = new Ledger('naive');
    proxy.loseAcknowledgements({ times: 20, probability: 0.5 });
    const create = async (token: string): Promise<unknown> => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await client.token.create({ data: { token } });
        } catch (error) {
          if (tries === 5) throw error;
        }
      }
    };
    for (let i = 0; i < 60; i += 1) await ledger.record('create', create);
    expect((await ledger.settle(pair.primary)).doubled.length).toBeGreaterThan(5);
  } finally {
    await stage.clear();
  }
});

test('writers end when they are told to', async () => {
  const stage = await Stage.set({ mode: 'throw', version: new PrismaVersion(7), seed: kSeed });
  try {
    const writers = new Writers(stage.client, stage.ledger, kSeed, 5);
    while (stage.ledger.attempts.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await writers.stop(30_000);
    expect(stage.ledger.pending).toBe(0);
    expect(breachesOf(await stage.ledger.settle(stage.pair.primary))).toEqual([]);
  } finally {
    await stage.clear();
  }
});
