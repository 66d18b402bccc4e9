/**
 * A long life: mixed load through random faults, with workers that come and go, resets, and a password that changes.
 * Between two rounds everything comes to rest, and what is held is counted.
 *
 *   npm run soak -- [--minutes 10] [--seed 7] [--verbose]
 *
 * Ends with a table of what grew, and with the ledger. Exit code 1 where anything grew beyond noise or a promise broke.
 */
import Table from 'cli-table3';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { causeFaults } from '../chaos/faults';
import { Stage } from '../chaos/stage';
import { Writers } from '../chaos/writers';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { Ledger, breachesOf } from '../support/ledger';
import { Random } from '../support/random';
import { type Census, growthOf, takeCensus } from './census';

const kRoundMs = 6000;
const kWriters = 60;
const kSettleMs = 90_000;
/** So many moments at least, or nothing could be said about growth. */
const kLeastRounds = 6;
const kVisitors = 3;
/** So short that nothing of the pool is left at a quiet moment, and a connection that is left has leaked. */
const kIdleMs = 300;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface SoakReport {
  readonly censuses: readonly Census[];
  readonly faults: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
}

export async function soak({ minutes, seed, say }: SoakOptions): Promise<SoakReport> {
  const random = new Random(seed);
  const stage = await Stage.set({
    version: new PrismaVersion(7),
    mode: 'verify',
    seed,
    password: 'soak-0',
    idleTimeoutMillis: kIdleMs,
  });
  const faults: Record<string, number> = {};
  const censuses: Census[] = [];
  const broken: string[] = [];
  try {
    const end = performance.now() + minutes * 60_000;
    for (let round = 0; round < kLeastRounds || performance.now() < end; round += 1) {
      const writers = new Writers(stage, kWriters, seed + round);
      const [{ counts }] = await Promise.all([
        causeFaults(stage, kRoundMs, say, random.between(1, 1_000_000)),
        visit(stage, random),
        disturb(stage, random, round),
      ]);
      for (const [name, count] of Object.entries(counts)) faults[name] = (faults[name] ?? 0) + count;
      await writers.stop(kSettleMs);
      await untilQuiet(stage);
      const settlement = await stage.ledger.settle(stage.pair.primary);
      broken.push(...breachesOf(settlement).map((breach) => `round ${round}: ${breach}`));
      stage.ledger = new Ledger(`soak-${round}`);
      const census = await takeCensus(stage.pair.primary);
      censuses.push(census);
      say(`round ${round}: ${JSON.stringify(census)}`);
    }
    return { censuses, faults, broken };
  } finally {
    await stage.clear();
  }
}

/** Workers with clients of their own, ended in the middle of something. */
async function visit({ connectionString }: Stage, random: Random): Promise<void> {
  const hook = join(__dirname, '..', 'support', 'typescript-hook.cjs');
  for (let n = 0; n < kVisitors; n += 1) {
    const worker = new Worker(join(__dirname, 'visitor.ts'), {
      execArgv: ['-r', hook],
      workerData: { connectionString },
    });
    worker.on('error', () => undefined);
    await new Promise((resolve) => worker.once('message', resolve).once('exit', resolve));
    await pause(random.between(0, 400));
    await worker.terminate();
  }
}

/** What an operator does meanwhile: a reset, a look, a new password. */
async function disturb(stage: Stage, random: Random, round: number): Promise<void> {
  await pause(random.between(500, 3000));
  const { resilient } = stage;
  const deeds: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
    () => resilient.hardReset(),
    () => resilient.reconnect(),
    () => stage.rotatePassword(`soak-${round + 1}`),
    () => resilient.healthCheck(),
  ];
  await random
    .pick(deeds)()
    .catch(() => undefined);
}

async function untilQuiet({ resilient }: Stage): Promise<void> {
  for (const until = performance.now() + kSettleMs; performance.now() < until; await pause(50)) {
    const { inFlight, parked, state } = resilient.getConnectionStats();
    if (inFlight === 0 && parked === 0 && state === 'up') break;
  }
  // Drained generations are disconnected by now, and idle connections of theirs closed.
  await pause(1000);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '7' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('soak: expected --minutes above 0 and a whole --seed');
  const { broken, censuses, faults } = await soak({
    minutes,
    seed,
    say: values.verbose ? (line) => console.log(new Date().toISOString(), line) : () => undefined,
  });
  const growth = growthOf(censuses);
  const table = new Table({ head: ['held', 'early', 'late', 'allowed', ''], style: { head: [], border: [] } });
  const shown = (value: number): string => value.toFixed(1);
  for (const { measure, early, late, allowed, grows } of growth) {
    table.push([measure, shown(early), shown(late), shown(allowed), grows ? 'GROWS' : 'holds']);
  }
  console.log(table.toString());
  console.log(`${censuses.length} quiet moments, seed ${seed}, faults ${JSON.stringify(faults)}`);
  console.log(broken.length === 0 ? 'ledger: kept every promise' : `ledger: BROKEN\n${broken.join('\n')}`);
  const failed = growth.filter(({ grows }) => grows).length + (broken.length > 0 ? 1 : 0);
  console.log(`${growth.length + 1 - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
