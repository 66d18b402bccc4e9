/**
 * The time line of the core, ms of performance.now(), read at the price of process.hrtime().
 *
 * On the path of every healthy operation a moment stays the two integers that it was read as: a number with a fraction
 * would be allocated wherever an object keeps it.
 */
export type Moment = readonly [seconds: number, nanoseconds: number];

export const { hrtime: moment }: { readonly hrtime: () => Moment } = process;

function sinceBoot(at: Moment): number {
  return at[0] * 1e3 + at[1] * 1e-6;
}

const offset = performance.now() - sinceBoot(moment());

/** ms of performance.now() */
export function milliseconds(at: Moment): number {
  return at[0] * 1e3 + at[1] * 1e-6 + offset;
}

export function now(): number {
  return milliseconds(moment());
}
