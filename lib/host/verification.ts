/** Asks the database a trivial question through a client, and tells the core what came of it. */
import { extractErrorFacts } from '../client/error-facts';
import { TimeoutError } from '../errors';
import { type Verify, VerifyVerdict } from '../native';
import type { Core } from '../drive/core';
import type { FailureReporter } from './failure';
import type { ServingGeneration } from './generation';
import type { Generations } from './generations';
import { type Log, messageOf } from './log';
import type { Looker } from './looker';
import { ping } from './ping';
import { withTimeout } from './timeout';

export class Verification {
  constructor(
    private readonly core: Core,
    private readonly generations: Generations,
    /** undefined: no client can be made for it. */
    private readonly looker: Looker | undefined,
    private readonly reporter: FailureReporter,
    private readonly log: Log,
  ) {}

  /** Never rejects. */
  async run({ id, ofDatabase, timeoutMs }: Verify): Promise<void> {
    let verdict: VerifyVerdict = VerifyVerdict.ok;
    let silence: VerifyVerdict = VerifyVerdict.timedOut;
    // The core's patience may end first, on a busy machine.
    this.reporter.unansweredForMs = timeoutMs;
    try {
      const ofItsOwn = ofDatabase ? this.looker : undefined;
      const answered = await ofItsOwn?.look(timeoutMs / 2, timeoutMs);
      // The client that serves can be asked as well; that it is silent may be its own fault.
      if (answered === false) silence = VerifyVerdict.inconclusive;
      const left = answered === false ? timeoutMs / 2 : timeoutMs;
      if (!answered) await this.ask(await this.firstWithin(left), left);
    } catch (error) {
      verdict =
        error instanceof TimeoutError
          ? silence
          : this.core.ask((supervisor) => supervisor.verifyVerdict(extractErrorFacts(error)));
      if (verdict !== VerifyVerdict.otherFailure) this.reporter.lastConnectionError = error;
      this.log.debug(`verify failed: ${messageOf(error)}`);
    }
    this.reporter.unansweredForMs = undefined;
    this.core.input((supervisor, now) => supervisor.onVerified(now, id, verdict));
  }

  private async ask({ client, guard }: ServingGeneration, timeoutMs: number): Promise<void> {
    await ping(client, guard, timeoutMs);
    // The database is there: what is wrong with it is for people to read, and for whoever writes.
    await guard?.checkServer().catch((error: unknown) => this.log.error(messageOf(error)));
  }

  private firstWithin(timeoutMs: number): Promise<ServingGeneration> {
    return withTimeout(this.generations.first(), timeoutMs, () => new TimeoutError('There is no client yet.'));
  }
}
