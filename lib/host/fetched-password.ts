/**
 * A password that the driver fetches for each connection (tokens of a cloud, rotated secrets), for the probe: asked for
 * anew for each look, and kept for a while, since a look is made far more often than a connection.
 */
import { type Log, messageOf } from './log';
import { withTimeout } from './timeout';

/** Tokens live for a quarter of an hour and more. */
const kKeptMs = 60_000;

type FetchPassword = () => unknown;

export class FetchedPassword {
  private kept: { readonly text: string; readonly at: number } | undefined;
  private fetching: Promise<string | undefined> | undefined;
  private warned = false;

  constructor(
    private readonly fetch: FetchPassword,
    private readonly log: Log,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** undefined: it cannot be had now, or not within `timeoutMs`. Never rejects. */
  async current(timeoutMs: number): Promise<string | undefined> {
    if (this.kept && this.now() - this.kept.at < kKeptMs) return this.kept.text;
    this.fetching ??= this.ask().finally(() => (this.fetching = undefined));
    return withTimeout(this.fetching, timeoutMs, () => new Error('late')).catch(() => undefined);
  }

  /** The server has refused it. */
  forget(): void {
    this.kept = undefined;
  }

  private async ask(): Promise<string | undefined> {
    try {
      const text = await this.fetch();
      if (typeof text !== 'string') throw new TypeError('it answered something else than a text');
      this.kept = { text, at: this.now() };
      return text;
    } catch (error) {
      if (!this.warned) {
        this.log.warn(
          `probe: the function that fetches the password fails: ${messageOf(error)}; until it does not, the probe sees that ` +
            'the server is there, but neither its role nor silent connections',
        );
      }
      this.warned = true;
      return undefined;
    }
  }
}
