/**
 * One run of the ledger under chaos. By hand, for any length:
 *
 *   npm run chaos -- --mode verify --prisma 7 --seconds 600 --seed 42
 */
import { recordOf } from '../../lib/adapter/failure-memory';
import { type Settlement, breachesOf } from '../support/ledger';
import { PrismaVersion, type PrismaMajor } from '../e2e/errors/prisma-version';
import { type FaultLog, causeFaults } from './faults';
import { type Mode, Stage } from './stage';
import { Writers } from './writers';

export interface ChaosOptions {
  readonly mode: Mode;
  readonly version: PrismaVersion;
  readonly seconds: number;
  readonly seed: number;
  /** Default 200. */
  readonly writers?: number;
  readonly onFault?: (name: string) => void;
}

export interface ChaosReport {
  readonly settlement: Settlement;
  readonly faults: FaultLog['counts'];
  /** By kind of write: acknowledged, failed as not applied, failed as unknown. */
  readonly kinds: Readonly<Record<string, readonly [number, number, number]>>;
  /** What failed as unknown, by message. */
  readonly unknown: Readonly<Record<string, number>>;
}

/** An operation's deadline and what its last try may take. */
const kSettleMs = 60_000;

export async function runChaos({
  mode,
  onFault,
  seconds,
  seed,
  version,
  writers = 200,
}: ChaosOptions): Promise<ChaosReport> {
  const stage = await Stage.set({ mode, seed, version });
  try {
    const { ledger, pair } = stage;
    const lanes = new Writers(stage.client, ledger, seed, writers);
    const { counts } = await causeFaults(stage, seconds * 1000, onFault);
    await lanes.stop(kSettleMs);
    const settlement = await ledger.settle(pair.primary);
    const kinds: Record<string, [number, number, number]> = {};
    const unknown: Record<string, number> = {};
    for (const { error, kind, outcome, state } of ledger.attempts) {
      const row = (kinds[kind] ??= [0, 0, 0]);
      if (state === 'acknowledged') row[0] += 1;
      else if (outcome === 'not-applied') row[1] += 1;
      else row[2] += 1;
      if (state === 'failed' && outcome !== 'not-applied') {
        const { resilience } = error as { resilience?: { reason: string } };
        const beneath = recordOf(error);
        const seen = beneath ? `${beneath.phase}, ${beneath.reason ?? 'nothing asked'}` : 'not seen beneath';
        const text = `${kind}: ${lastLine(error)} [${outcome}, ${resilience?.reason}; ${seen}]`;
        unknown[text] = (unknown[text] ?? 0) + 1;
      }
    }
    return { settlement, faults: counts, kinds, unknown };
  } finally {
    await stage.clear();
  }
}

function lastLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n').pop() ?? '';
}

function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? (process.argv[at + 1] ?? fallback) : fallback;
}

async function main(): Promise<void> {
  const seed = Number(argument('seed', String(Date.now() % 1_000_000)));
  const options: ChaosOptions = {
    mode: argument('mode', 'verify') as Mode,
    version: new PrismaVersion(Number(argument('prisma', '7')) as PrismaMajor),
    seconds: Number(argument('seconds', '60')),
    seed,
    writers: Number(argument('writers', '200')),
    onFault: process.argv.includes('--verbose') ? (name) => console.log(new Date().toISOString(), name) : undefined,
  };
  console.log(`mode ${options.mode}, ${options.version.name}, ${options.seconds} s, seed ${seed}`);
  const { faults, kinds, settlement, unknown } = await runChaos(options);
  const { acknowledged, attempts, failed, hung } = settlement;
  console.table(
    Object.entries(kinds).map(([kind, [good, not, maybe]]) => ({
      kind,
      acknowledged: good,
      'not applied': not,
      unknown: maybe,
    })),
  );
  console.log('faults', faults);
  console.log('unknown', unknown);
  console.log({ attempts, acknowledged, failed, hung });
  const breaches = breachesOf(settlement);
  console.log(breaches.length === 0 ? 'nothing lost, nothing twice, nothing denied' : breaches.join('\n'));
  process.exitCode = breaches.length === 0 && hung === 0 ? 0 : 1;
}

if (require.main === module) void main();
