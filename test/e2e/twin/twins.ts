/** The twins of one version of Prisma on one database, as Jest tests. */
import { type Recording, type Theatre, type Timing, play } from './harness';
import type { Scenario } from './scenario';
import { scenarios } from './scenarios';
import { withoutCallSites } from './snapshot';
import { bare, wrapped } from './subject';

export const kTimings: readonly Timing[] = ['never', 'before', 'between', 'during'];

/** Why a scenario cannot be played here; undefined where it can. */
export function lackOf(
  scenario: Scenario,
  { major, provider }: Pick<Theatre, 'major' | 'provider'>,
): string | undefined {
  const { lacking, lackingOn, onlyPostgres } = scenario;
  return lacking?.[major] ?? (provider === 'postgresql' ? undefined : (onlyPostgres ?? lackingOn?.[provider]));
}

export interface Playbill {
  readonly major: Theatre['major'];
  readonly provider: Theatre['provider'];
  readonly timings: readonly Timing[];
  /** Scenarios that cannot be played there, by name, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

export function testTwins({ timings, without = {}, ...where }: Playbill, theatre: () => Theatre): void {
  for (const [theme, group] of Object.entries(scenarios)) {
    describe(theme, () => {
      for (const scenario of group.filter((each) => (lackOf(each, where) ?? without[each.name]) === undefined)) {
        describe(scenario.name, () => testTwin(scenario, timings, theatre));
      }
    });
  }
}

function testTwin(scenario: Scenario, timings: readonly Timing[], theatre: () => Theatre): void {
  let expected: Recording;
  beforeAll(async () => {
    expected = await play(theatre(), scenario, bare, 'never');
    expect(expected.strayRejections).toHaveLength(scenario.strayRejections ?? 0);
  });

  test.each(timings)('reset %s', async (timing) => {
    const seen = await play(theatre(), scenario, wrapped, timing);
    // What had to be made again after a reset may lack the caller's line.
    if (timing === 'never' || timing === 'before') expect(seen).toEqual(expected);
    else expect(withoutCallSites(seen)).toEqual(withoutCallSites(expected));
  });
}
