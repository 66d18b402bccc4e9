/** For an application's own tests: what the application was told of each write, to be compared with what is there. */
import { randomUUID } from 'node:crypto';

import { ConfigError, ResilienceError } from '../errors';

/** What the application knows of a write once it has ended; 'unknown' for errors that claim nothing. */
export type LedgerOutcome = 'acknowledged' | 'not-applied' | 'unknown' | 'applied';

export interface Settlement {
  readonly attempts: number;
  readonly acknowledged: number;
  /** Tokens. Acknowledged, or failed as applied, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
  /** Failed as not applied, and there. */
  readonly denied: readonly string[];
  /** There, though nobody wrote them. */
  readonly strangers: readonly string[];
  /** Ended with an unknown outcome: the application must ask before it repeats them. */
  readonly undecided: readonly string[];
  /** Begun, and not ended. */
  readonly pending: readonly string[];
}

export class LedgerError extends ResilienceError {
  readonly code = 'ERR_RESILIENCE_LEDGER';

  constructor(
    message: string,
    readonly settlement: Settlement,
  ) {
    super(message);
  }
}

const kBreaches = ['lost', 'doubled', 'denied', 'strangers', 'pending'] as const;
const kShown = 5;

export class Ledger {
  private readonly outcomes = new Map<string, LedgerOutcome | undefined>();

  /**
   * Runs one write of the application with a token of its own, which the write has to leave in the database (in a column
   * of a row, say). Answers what the write answers, or undefined where it has failed: the ledger knows how.
   */
  async write<T>(write: (token: string) => PromiseLike<T>): Promise<T | undefined> {
    if (typeof write !== 'function') {
      throw new ConfigError([`Ledger.write: expected a function that writes its token, got ${typeof write}`]);
    }
    const token = randomUUID();
    this.outcomes.set(token, undefined);
    try {
      const result = await write(token);
      this.outcomes.set(token, 'acknowledged');
      return result;
    } catch (error) {
      this.outcomes.set(token, outcomeOf(error));
      return undefined;
    }
  }

  /** Compares the book with the tokens that are in the database, one for each row. */
  settle(present: Iterable<string>): Settlement {
    if (typeof present?.[Symbol.iterator] !== 'function' || typeof present === 'string') {
      throw new ConfigError(['Ledger: expected the tokens that are in the database, such as an array of strings']);
    }
    const times = new Map<string, number>();
    for (const token of present) times.set(token, (times.get(token) ?? 0) + 1);
    const all = [...this.outcomes];
    const where = (matches: (outcome: LedgerOutcome | undefined, times: number) => boolean): string[] =>
      all.filter(([token, outcome]) => matches(outcome, times.get(token) ?? 0)).map(([token]) => token);
    return {
      attempts: all.length,
      acknowledged: where((outcome) => outcome === 'acknowledged').length,
      lost: where((outcome, count) => count === 0 && (outcome === 'acknowledged' || outcome === 'applied')),
      doubled: where((_, count) => count > 1),
      denied: where((outcome, count) => count > 0 && outcome === 'not-applied'),
      strangers: [...times.keys()].filter((token) => !this.outcomes.has(token)),
      undecided: where((outcome) => outcome === 'unknown'),
      pending: where((outcome) => outcome === undefined),
    };
  }

  /** As settle(). Throws a LedgerError where a write was lost, doubled, denied, made by a stranger, or has not ended. */
  check(present: Iterable<string>): Settlement {
    const settlement = this.settle(present);
    const breaches = kBreaches.filter((name) => settlement[name].length > 0);
    if (breaches.length === 0) return settlement;
    const told = breaches.map((name) => {
      const tokens = settlement[name];
      return `${tokens.length} ${name} (${tokens.slice(0, kShown).join(', ')}${tokens.length > kShown ? ', …' : ''})`;
    });
    throw new LedgerError(`The database is not what the application was told: ${told.join('; ')}`, settlement);
  }
}

function outcomeOf(error: unknown): LedgerOutcome {
  const outcome = (error as { resilience?: { outcome?: unknown } } | null | undefined)?.resilience?.outcome;
  return outcome === 'not-applied' || outcome === 'applied' ? outcome : 'unknown';
}
