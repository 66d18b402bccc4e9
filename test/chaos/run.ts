/**
 * One run of the ledger under chaos. By hand, for any length:
 *
 *   npm run test:chaos -- --mode verify --prisma 6.19 --seconds 600 --seed 7 [--guard off] [--writers 200] [--verbose]
 *   npm run test:chaos -- --mode marker --database mariadb     or sqlite; --server embedded: the other PostgreSQL
 */
import { recordOf } from '../../lib/adapter/failure-memory';
import { type Attempt, type Settlement, kBreaches } from '../support/ledger';
import { paced } from '../support/pace';
import type { PgFlavour } from '../support/pg_binaries';
import { PrismaVersion, type Release } from '../e2e/errors/prisma-version';
import { type FaultLog, causeFaults } from './faults';
import { MariaStage } from './mariadb';
import { runSqlite } from './sqlite';
import { type Mode, kModes, Stage } from './stage';
import { Writers } from './writers';

export const kChaosDatabases = ['postgresql', 'mariadb', 'sqlite'] as const;
export type ChaosDatabase = (typeof kChaosDatabases)[number];

export interface ChaosOptions {
  readonly mode: Mode;
  readonly version: PrismaVersion;
  readonly seconds: number;
  readonly seed: number;
  /** Default: where this version of Prisma has what the guard needs. */
  readonly guard?: boolean;
  /** Default: PostgreSQL. Elsewhere writes are verified by marks, whatever the mode. */
  readonly database?: ChaosDatabase;
  /** Of PostgreSQL. Default: the newest server that is installed. */
  readonly flavour?: PgFlavour;
  /** Default 200; on MariaDB 40, on SQLite as many as its processes have. */
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
  /** How each token was written, and what its writer was told. */
  readonly told: ReadonlyMap<string, string>;
}

/** An operation's deadline and what its last try may take. */
const kSettleMs = 60_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { database = 'postgresql' } = options;
  if (database === 'sqlite') return runOnSqlite(options);
  return database === 'mariadb' ? runOnMaria(options) : runOnPostgres(options);
}

async function runOnPostgres(options: ChaosOptions): Promise<ChaosReport> {
  const { flavour, guard, mode, onFault, seconds, seed, version, writers = 200 } = options;
  const stage = await Stage.set({ flavour, guard, mode, seed, version });
  try {
    const { ledger, pair } = stage;
    const lanes = new Writers(stage, writers);
    const { counts } = await causeFaults(stage, seconds * 1000, onFault);
    await lanes.stop(paced(kSettleMs));
    return reportOf(ledger.attempts, await ledger.settle(pair.primary), counts);
  } finally {
    await stage.clear();
  }
}

async function runOnMaria({ onFault = () => undefined, writers = 40, ...options }: ChaosOptions): Promise<ChaosReport> {
  const stage = await MariaStage.set(options);
  try {
    const lanes = new Writers(stage, writers);
    const counts = await stage.causeFaults(options.seconds * 1000, onFault);
    await lanes.stop(paced(kSettleMs));
    return reportOf(stage.ledger.attempts, await stage.settle(), counts);
  } finally {
    await stage.clear();
  }
}

async function runOnSqlite({ seconds, seed, version }: ChaosOptions): Promise<ChaosReport> {
  const { attempts, kills, settlement, unanswered } = await runSqlite(version, seconds, seed);
  const answered = attempts.filter(({ state }) => state !== 'pending');
  return reportOf(answered, settlement, { kills, 'killed while writing': unanswered });
}

function reportOf(attempts: readonly Attempt[], settlement: Settlement, faults: FaultLog['counts']): ChaosReport {
  const kinds: Record<string, [number, number, number]> = {};
  const unknown: Record<string, number> = {};
  const told = new Map<string, string>();
  for (const { error, kind, outcome, state, token } of attempts) {
    told.set(token, `${kind}: ${state === 'failed' ? `${lastLine(error)} [${outcome}]` : state}`);
    const row = (kinds[kind] ??= [0, 0, 0]);
    if (state === 'acknowledged') row[0] += 1;
    else if (outcome === 'not-applied') row[1] += 1;
    else row[2] += 1;
    if (state === 'failed' && outcome !== 'not-applied') {
      const reason = (error as { resilience?: { reason: string } } | undefined)?.resilience?.reason;
      const beneath = recordOf(error);
      const seen = beneath ? `${beneath.phase}, ${beneath.reason ?? 'nothing asked'}` : 'not seen beneath';
      const text = `${kind}: ${lastLine(error)} [${outcome}, ${reason}; ${seen}]`;
      unknown[text] = (unknown[text] ?? 0) + 1;
    }
  }
  return { settlement, faults, kinds, unknown, told };
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
export function brokenPromises(mode: Mode, { settlement, told, unknown }: ChaosReport): string[] {
  const shown = (token: string): string => `${token} (${told.get(token) ?? 'nobody was told'})`;
  const broken = kBreaches
    .filter((name) => settlement[name].length > 0 && !(name === 'doubled' && mode === 'retry'))
    .map((name) => `${settlement[name].length} ${name}: ${settlement[name].slice(0, 5).map(shown).join(', ')}`);
  if (settlement.hung > 0) broken.push(`${settlement.hung} hung`);
  if (settlement.failed.unstated > 0) broken.push(`${settlement.failed.unstated} failed without an outcome`);
  const undecided = Object.entries(unknown);
  if (mode === 'verify' || mode === 'marker') broken.push(...undecided.map(([text, n]) => `${n} undecided: ${text}`));
  return broken;
}

const kVersions: Readonly<Record<string, Release>> = {
  '5.22': 5,
  '6.16': '6.16',
  '6.19': 6,
  '6.19-rust': '6-rust',
  '7.8': '7.8',
  '7.10': 7,
};

export function versionOf(text: string): PrismaVersion {
  const version = kVersions[text];
  if (version === undefined) throw new Error(`--prisma ${text}: there are ${Object.keys(kVersions).join(', ')}`);
  return new PrismaVersion(version);
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((each) => each === text);
  if (!name) throw new Error(`--${option} ${text}: there are ${names.join(', ')}`);
  return name;
}

function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? (process.argv[at + 1] ?? fallback) : fallback;
}

async function main(): Promise<void> {
  const seed = Number(argument('seed', String(Date.now() % 1_000_000)));
  const options: ChaosOptions = {
    mode: oneOf('mode', argument('mode', 'verify'), kModes),
    database: oneOf('database', argument('database', 'postgresql'), kChaosDatabases),
    flavour: oneOf('server', argument('server', 'system'), ['system', 'embedded'] as const),
    version: versionOf(argument('prisma', '7.10')),
    guard: { on: true, off: false }[argument('guard', '')],
    seconds: Number(argument('seconds', '60')),
    seed,
    writers: Number(argument('writers', '0')) || undefined,
    onFault: process.argv.includes('--verbose') ? (name) => console.log(new Date().toISOString(), name) : undefined,
  };
  console.log(`${options.database}, mode ${options.mode}, ${options.version.name}, ${options.seconds} s, seed ${seed}`);
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
