/** The other PostgreSQL, and the other databases: a mark decides there, or nothing does. */
import { type PrismaMajor, PrismaVersion } from '../e2e/errors/prisma-version';
import { brokenPromises, type ChaosOptions, runChaos } from './run';
import { kSeconds, kSeed, kTimeoutMs } from './short-form';

const kByMark: readonly (readonly [string, PrismaMajor, Pick<ChaosOptions, 'database' | 'flavour'>])[] = [
  ['PostgreSQL 18', 7, { flavour: 'embedded' }],
  ['MariaDB', 6, { database: 'mariadb' }],
  ['MariaDB', 7, { database: 'mariadb' }],
  ['SQLite', 6, { database: 'sqlite' }],
  ['SQLite', 7, { database: 'sqlite' }],
];

jest.setTimeout(kTimeoutMs);

test.each(kByMark)('%s, Prisma %i, by mark: nothing lost, twice, denied or unknown', async (_name, release, where) => {
  const version = new PrismaVersion(release);
  const report = await runChaos({ mode: 'marker', version, seconds: kSeconds, seed: kSeed, ...where });
  expect(brokenPromises('marker', report)).toEqual([]);
  expect(report.settlement.acknowledged).toBeGreaterThan(20);
});
