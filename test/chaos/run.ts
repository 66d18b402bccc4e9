/**
 * One run of the ledger under chaos. By hand, for any length:
 *
 *   npm run test:chaos -- --mode verify --prisma 6.19 --seconds 600 --seed 7 [--guard off] [--writers 200] [--verbose]
 */
import { recordOf } from '../../lib/adapter/failure-memory';
import { type Settlement, kBreaches } from '../support/ledger';
import { type OlderMinor, type PrismaMajor, PrismaVersion } from '../e2e/errors/prisma-version';
import { type FaultLog, causeFaults } from './faults';
import { type Mode, kModes, Stage } from './stage';
import { Writers } from './writers';

export interface ChaosOptions {
  readonly mode: Mode;
  readonly version: PrismaVersion;
  readonly seconds: number;
  readonly seed: number;
  /** Default: where this version of Prisma has what the guard needs. */
  readonly guard?: boolean;
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
  guard,
  mode,
  onFault,
  seconds,
  seed,
  version,
  writers = 200,
}: ChaosOptions): Promise<ChaosReport> {
  const stage = await Stage.set({ guard, mode, seed, version });
  try {
    const { ledger, pair } = stage;
    const lanes = new Writers(stage, writers);
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

/**
 * What a mode promises and did not keep; empty if it kept everything. 'retry' runs a write of unknown outcome again, so
 * rows may be there twice: that is the risk its user takes, and rows are counted but not held against it. What the
 * database can decide, 'verify' must have decided.
 */
export function brokenPromises(mode: Mode, { settlement, unknown }: ChaosReport): string[] {
  const broken = kBreaches
    .filter((name) => settlement[name].length > 0 && !(name === 'doubled' && mode === 'retry'))
    .map((name) => `${settlement[name].length} ${name}: ${settlement[name].slice(0, 5).join(', ')}`);
  if (settlement.hung > 0) broken.push(`${settlement.hung} hung`);
  if (settlement.failed.unstated > 0) broken.push(`${settlement.failed.unstated} failed without an outcome`);
  const undecided = Object.entries(unknown);
  if (mode === 'verify' || mode === 'marker') broken.push(...undecided.map(([text, n]) => `${n} undecided: ${text}`));
  return broken;
}

const kVersions: Readonly<Record<string, PrismaMajor | OlderMinor>> = {
  '5.22': 5,
  '6.16': '6.16',
  '6.19': 6,
  '7.8': '7.8',
  '7.10': 7,
};

export function versionOf(text: string): PrismaVersion {
  const version = kVersions[text];
  if (version === undefined) throw new Error(`--prisma ${text}: there are ${Object.keys(kVersions).join(', ')}`);
  return new PrismaVersion(version);
}

function modeOf(text: string): Mode {
  const mode = kModes.find((name) => name === text);
  if (!mode) throw new Error(`--mode ${text}: there are ${kModes.join(', ')}`);
  return mode;
}

function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? (process.argv[at + 1] ?? fallback) : fallback;
}

async function main(): Promise<void> {
  const seed = Number(argument('seed', String(Date.now() % 1_000_000)));
  const options: ChaosOptions = {
    mode: modeOf(argument('mode', 'verify')),
    version: versionOf(argument('prisma', '7.10')),
    guard: { on: true, off: false }[argument('guard', '')],
    seconds: Number(argument('seconds', '60')),
    seed,
    writers: Number(argument('writers', '200')),
    onFault: process.argv.includes('--verbose') ? (name) => console.log(new Date().toISOString(), name) : undefined,
  };
  console.log(`mode ${options.mode}, ${options.version.name}, ${options.seconds} s, seed ${seed}`);
  const report = await runChaos(options);
  const { faults, kinds, settlement, unknown } = report;
  const { acknowledged, attempts, denied, doubled, failed, hung, lost, torn } = settlement;
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
  console.log({ lost: lost.length, doubled: doubled.length, denied: denied.length, torn: torn.length });
  const broken = brokenPromises(options.mode, report);
  console.log(broken.length === 0 ? 'kept every promise of its mode' : `BROKEN\n${broken.join('\n')}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
