/**
 * A look at the database in band, through a client of its own: the current one's pool may be full or broken. Made on
 * the first look of an outage, kept for the next ones, and taken over as the new generation where one is due.
 */
import type { ClientLike } from '../client/runner';
import { TimeoutError } from '../errors';
import type { Generations } from './generations';
import { ping } from './ping';

export class Looker {
  private spare: Promise<ClientLike> | undefined;
  private verified = false;

  constructor(private readonly generations: Generations) {}

  /** Resolves once the database has answered. Rejects with the error of the factory, of Prisma, or a TimeoutError. */
  async look(timeoutMs: number): Promise<void> {
    this.spare ??= Promise.resolve(this.generations.make('consecutive-errors'));
    const spare = this.spare;
    try {
      await ping(await spare, timeoutMs);
      this.verified = true;
    } catch (error) {
      this.verified = false;
      // Silence: its pool may now hold a connection that hangs, so the next look begins with a clean one. A factory that
      // failed has left nothing to keep.
      if (error instanceof TimeoutError || (await isRejected(spare))) this.drop(spare);
      throw error;
    }
  }

  /** The client of a successful look, which is no longer ours; undefined where there is none. */
  async take(): Promise<ClientLike | undefined> {
    if (!this.verified || !this.spare) return undefined;
    const spare = this.spare;
    this.spare = undefined;
    this.verified = false;
    return spare;
  }

  /** Nobody looks any more. */
  end(): void {
    if (this.spare) this.drop(this.spare);
  }

  private drop(spare: Promise<ClientLike>): void {
    if (this.spare === spare) this.spare = undefined;
    this.verified = false;
    spare.then(
      (client) => this.generations.dismissClient(client),
      () => undefined,
    );
  }
}

function isRejected(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}
