/**
 * A look at the database in band, through a client of its own: the current one's pool may be full or broken. Made on
 * the first look of an outage, and kept for the next ones.
 */
import type { ClientLike } from '../contracts/operation';
import { TimeoutError } from '../errors';
import type { Core } from '../drive/core';
import type { Generations } from './generations';
import { ping } from './ping';
import { withTimeout } from './timeout';

const kStillMade = new TimeoutError('The factory has not delivered a client to look with yet.');

export class Looker {
  private spare: Promise<ClientLike> | undefined;

  constructor(
    private readonly core: Core,
    private readonly generations: Generations,
  ) {}

  /**
   * Resolves true once the database has answered, false where the factory fails, or takes longer than `patienceMs`, so
   * that there was nothing to look with: a slow factory is not a silent database. Rejects with the error of Prisma, or a
   * TimeoutError after `timeoutMs`.
   */
  async look(patienceMs: number, timeoutMs: number): Promise<boolean> {
    const spare = (this.spare ??= this.make());
    const client = await withTimeout(spare, patienceMs, () => kStillMade).catch((error: unknown) => {
      // What it delivers later serves the next look.
      if (error !== kStillMade) this.drop(spare);
      return undefined;
    });
    if (client === undefined) return false;
    try {
      await ping(client, this.generations.guardBeneath(client), timeoutMs);
    } catch (error) {
      // Its pool may now hold a connection that hangs, so the next look begins with a clean one.
      if (error instanceof TimeoutError) this.drop(spare);
      throw error;
    }
    return true;
  }

  /** Nobody looks any more. */
  end(): void {
    if (this.spare) this.drop(this.spare);
  }

  private async make(): Promise<ClientLike> {
    try {
      return await this.generations.make(
        'refresh',
        this.core.ask((supervisor) => supervisor.takeGenerationNumber()),
      );
    } catch (error) {
      this.generations.lastFactoryError = error;
      throw error;
    }
  }

  private drop(spare: Promise<ClientLike>): void {
    if (this.spare === spare) this.spare = undefined;
    spare.then(
      (client) => {
        // What hangs on it would keep its connection for as long as the kernel does.
        const guard = this.generations.guardBeneath(client);
        for (const work of guard?.inFlight() ?? []) guard?.abandon(work);
        return this.generations.disconnect(client);
      },
      () => undefined,
    );
  }
}
