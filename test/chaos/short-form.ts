/**
 * What 200 writers were told, beside what is in the table when everything has come to rest, for some runs of a suite.
 *
 * The short form: CHAOS_SECONDS of faults in all (60), CHAOS_SEED says which they are. The runs are in several files, so
 * that Jest's workers share them.
 */
import { PrismaVersion, type Release } from '../e2e/errors/prisma-version';
import { paced } from '../support/pace';
import { brokenPromises, runChaos } from './run';
import type { Mode } from './stage';

export type Run = readonly [Release, Mode, 'guarded' | 'bare'];

/** As many as prisma-7.test.ts and older-prismas.test.ts have together. */
const kRuns = 15;
/** Of faults in each run. */
export const kSeconds = Number(process.env.CHAOS_SECONDS ?? 60) / kRuns;
export const kSeed = Number(process.env.CHAOS_SEED ?? 7);
export const kTimeoutMs = kSeconds * 1000 + paced(180_000);

export function keepsEveryPromise(runs: readonly Run[]): void {
  jest.setTimeout(kTimeoutMs);

  test.each(runs)('Prisma %s, %s, %s: keeps every promise of its mode', async (release, mode, guard) => {
    const version = new PrismaVersion(release);
    const report = await runChaos({ mode, version, guard: guard === 'guarded', seconds: kSeconds, seed: kSeed });
    expect(brokenPromises(mode, report)).toEqual([]);
    expect(Object.keys(report.faults).length).toBeGreaterThan(1);
    expect(report.settlement.acknowledged).toBeGreaterThan(200);
  });
}
