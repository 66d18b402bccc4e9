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

  /**
   * Resolves true once the database has answered, false where the factory fails, so that there was nothing to look with.
   * Rejects with the error of Prisma, or a TimeoutError.
   */
  async look(timeoutMs: number): Promise<boolean> {
    const spare = (this.spare ??= this.make());
    const client = await spare.catch(() => undefined);
    if (client === undefined) {
      this.drop(spare);
      return false;
    }
    try {
      await ping(client, this.generations.guardBeneath(client), timeoutMs);
      this.verified = true;
    } catch (error) {
      this.verified = false;
      // Its pool may now hold a connection that hangs, so the next look begins with a clean one.
      if (error instanceof TimeoutError) this.drop(spare);
      throw error;
    }
    return true;
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

  private async make(): Promise<ClientLike> {
    try {
      return await this.generations.make('refresh');
    } catch (error) {
      this.generations.lastFactoryError = error;
      throw error;
    }
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
