import { builtins } from '../../builtins';

/**
 * The name of one write in the marker table: a UUID of version 7, which begins with the time. Rows that were written one
 * after the other lie side by side in the table's index, and the old ones are found by it.
 */
export interface Token {
  readonly uuid: string;
  /** By this machine's own clock, in ms since 1970: it goes on while the machine sleeps. */
  readonly writtenAt: number;
}

const kRandomBytes = 10;
/** Random bytes are fetched for so many tokens at once. */
const kAtOnce = 128;

let pool = Buffer.alloc(0);
let used = 0;

export function newToken(now = Date.now()): Token {
  if (used + kRandomBytes > pool.length) {
    pool = builtins().crypto.randomBytes(kRandomBytes * kAtOnce);
    used = 0;
  }
  const random = pool.toString('hex', used, (used += kRandomBytes));
  const time = timeOf(now);
  const variant = ((Number.parseInt(random.charAt(3), 16) & 3) | 8).toString(16);
  return {
    uuid: `${time}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`,
    writtenAt: now,
  };
}

/** The token of the same write where its mark was committed by itself: of version 8, and swept with its neighbours. */
export function aloneOf(uuid: string): string {
  return `${uuid.slice(0, 14)}8${uuid.slice(15)}`;
}

/** Below every token of `at` and after, above every earlier one. */
export function tokenBound(at: number): string {
  return `${timeOf(at)}-7000-8000-000000000000`;
}

function timeOf(ms: number): string {
  const time = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}`;
}
