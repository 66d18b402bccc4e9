/** The ledger itself, beneath the same faults. */
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { breachesOf, Ledger } from '../support/ledger';
import { kSeed, kTimeoutMs } from './short-form';
import { Stage } from './stage';
import { Writers } from './writers';

jest.setTimeout(kTimeoutMs);

test('the same book shows what retrying without asking does', async () => {
  const stage = await Stage.set({ mode: 'throw', guard: false, version: new PrismaVersion(7), seed: kSeed });
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
    const writers = new Writers(stage, 5);
    while (stage.ledger.attempts.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await writers.stop(30_000);
    expect(stage.ledger.pending).toBe(0);
    expect(breachesOf(await stage.ledger.settle(stage.pair.primary))).toEqual([]);
  } finally {
    await stage.clear();
  }
});
