/** One row of the table of errors: a fault on a real server, and what the core says of the error that Prisma makes of it. */
import { type Circumstances, type Judgement, judge } from './judge';
import type { Lab } from './lab';
import type { PrismaVersion, Release } from './prisma-version';

export interface Failure {
  readonly error: unknown;
  /** What the host knows beside the error. */
  readonly circumstances?: Circumstances;
  /** The write that failed. Whether it is there is compared with the outcome. */
  readonly token?: string;
}

/** A database, and clients of one version of Prisma that meet its faults. */
export interface AnyLab {
  /** As the host names it. */
  readonly driver: string;
  isApplied(token: string): Promise<boolean>;
  /** Afterwards there is a healthy server and no client. */
  reset(): Promise<void>;
  dispose(): Promise<void>;
}

/** A release, or all with the Rust engine. */
type Where = Release | 'rust';

export interface Row<L extends AnyLab = Lab> {
  readonly name: string;
  readonly expected: Partial<Judgement>;
  /** Where the error proves something else. */
  readonly differs?: Partial<Record<Where, Partial<Judgement>>>;
  /** Those that cannot meet it, and why. */
  readonly notIn?: Readonly<Partial<Record<Where, string>>>;
  /** Whether the write of `token` is there in the end. Default: not looked at where the outcome is unknown. */
  readonly applied?: boolean;
  make(lab: L): Promise<Failure>;
}

/** The first run installs a version of Prisma. */
const kInstallMs = 300_000;

function describeError(error: unknown): string {
  const { name, code, message } = (error ?? {}) as { name?: string; code?: string; message?: string };
  return `${name} ${code}: ${message?.slice(-300)}`;
}

export function testRows<L extends AnyLab>(
  title: string,
  version: PrismaVersion,
  rows: readonly Row<L>[],
  start: (version: PrismaVersion) => Promise<L>,
): void {
  describe(`${title}, ${version.name}`, () => {
    let lab: L;
    beforeAll(async () => {
      lab = await start(version);
    }, kInstallMs);
    afterEach(() => lab.reset());
    afterAll(() => lab?.dispose());

    const places: readonly Where[] = version.hasRustEngine ? ['rust', version.release] : [version.release];
    const here = rows.filter(({ notIn }) => places.every((place) => notIn?.[place] === undefined));
    test.each(here.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      const { error, circumstances, token } = await row.make(lab);
      const judged = judge(error, { driver: lab.driver, ...circumstances });
      const expected = Object.assign(
        {},
        row.expected,
        ...places.map((place) => row.differs?.[place]),
      ) as Row['expected'];
      const about = { error: describeError(error), decidedBy: `${judged.source} ${judged.rule}` };
      expect({ ...about, ...judged }).toMatchObject({ ...about, ...expected });
      if (token === undefined) return;
      await lab.reset();
      const applied = await lab.isApplied(token);
      if (judged.outcome !== 'unknown') expect(applied).toBe(judged.outcome === 'applied');
      if (row.applied !== undefined) expect(applied).toBe(row.applied);
    });
  });
}
