/** Checks the options of a tool or a call, so that one ConfigError can say all that is wrong with them. */
import { ConfigError } from './errors';

/** Node's timers take no more: 24.8 days. */
export const kLongestMs = 2_147_483_647;

export class Check {
  private readonly problems: string[] = [];

  /** `owner` stands before each name: 'withRetry'. */
  constructor(private readonly owner: string) {}

  /** A whole number within the bounds, or undefined. */
  integer(name: string, value: unknown, min: number, max: number): this {
    if (value === undefined || (Number.isInteger(value) && (value as number) >= min && (value as number) <= max))
      return this;
    return this.add(name, `an integer from ${min} to ${max}`, value);
  }

  /** Milliseconds that a timer can wait, or undefined. */
  duration(name: string, value: unknown, min = 0): this {
    if (
      value === undefined ||
      (Number.isFinite(value) && (value as number) >= min && (value as number) <= kLongestMs)
    ) {
      return this;
    }
    return this.add(name, `milliseconds from ${min} to ${kLongestMs}`, value);
  }

  choice(name: string, value: unknown, choices: readonly string[]): this {
    if (value === undefined || choices.includes(value as string)) return this;
    return this.add(name, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value);
  }

  text(name: string, value: unknown): this {
    return value === undefined || typeof value === 'string' ? this : this.add(name, 'a string', value);
  }

  that(fine: boolean, name: string, expected: string, value: unknown): this {
    return fine ? this : this.add(name, expected, value);
  }

  /** Throws what was found, if anything. */
  done(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }

  private add(name: string, expected: string, value: unknown): this {
    this.problems.push(`${this.owner}: ${name}: expected ${expected}, got ${shown(value)}`);
    return this;
  }
}

/** Texts are not repeated: what stands in the wrong place may be a connection string. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`;
}
