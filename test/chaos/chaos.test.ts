/**
 * The ledger under chaos: what 200 writers were told, beside what is in the table when everything has come to rest.
 *
 * The short form: CHAOS_SECONDS of faults in all (60), CHAOS_SEED says which they are.
 */
import { type OlderMinor, type PrismaMajor, PrismaVersion } from '../e2e/errors/prisma-version';
import { breachesOf, Ledger } from '../support/ledger';
import { brokenPromises, type ChaosOptions, runChaos } from './run';
import { type Mode, Stage } from './stage';
import { Writers } from './writers';

/** Verification is the guard's; without it, and on Prisma 5, outcomes are stated as unknown or retried. */
const kRuns: readonly (readonly [PrismaMajor | OlderMinor, Mode, 'guarded' | 'bare'])[] = [
  [7, 'throw', 'guarded'],
  [7, 'verify', 'guarded'],
  [7, 'marker', 'guarded'],
  [7, 'retry', 'guarded'],
  [7, 'throw', 'bare'],
  ['7.8', 'verify', 'guarded'],
  [6, 'throw', 'guarded'],
  [6, 'verify', 'guarded'],
  ['6.16', 'marker', 'guarded'],
  ['6.16', 'retry', 'guarded'],
  [6, 'throw', 'bare'],
  [6, 'retry', 'bare'],
  [5, 'throw', 'bare'],
  [5, 'retry', 'bare'],
];
const kSeconds = Number(process.env.CHAOS_SECONDS ?? 60) / kRuns.length;
const kSeed = Number(process.env.CHAOS_SEED ?? 7);

jest.setTimeout((kSeconds + 180) * 1000);

test.each(kRuns)('Prisma %s, %s, %s: keeps every promise of its mode', async (release, mode, guard) => {
  const version = new PrismaVersion(release);
  const report = await runChaos({ mode, version, guard: guard === 'guarded', seconds: kSeconds, seed: kSeed });
  expect(brokenPromises(mode, report)).toEqual([]);
  expect(Object.keys(report.faults).length).toBeGreaterThan(1);
  expect(report.settlement.acknowledged).toBeGreaterThan(200);
});

/** The other PostgreSQL, and the other databases: a mark decides there, or nothing does. */
const kByMark: readonly (readonly [string, PrismaMajor, Pick<ChaosOptions, 'database' | 'flavour'>])[] = [
  ['PostgreSQL 18', 7, { flavour: 'embedded' }],
  ['MariaDB', 6, { database: 'mariadb' }],
  ['MariaDB', 7, { database: 'mariadb' }],
  ['SQLite', 6, { database: 'sqlite' }],
  ['SQLite', 7, { database: 'sqlite' }],
];

test.each(kByMark)('%s, Prisma %i, by mark: nothing lost, twice, denied or unknown', async (_name, release, where) => {
  const version = new PrismaVersion(release);
  const report = await runChaos({ mode: 'marker', version, seconds: kSeconds, seed: kSeed, ...where });
  expect(brokenPromises('marker', report)).toEqual([]);
  expect(report.settlement.acknowledged).toBeGreaterThan(20);
});

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
