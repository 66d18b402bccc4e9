import { adapterErrorCause, statement } from './driver-adapter';
import { Flight } from './flight';
import type { FlightList } from './flight-list';
import type { GuardedFactory } from './guarded-factory';

const kSql = 'SELECT 1';

/**
 * A trivial question to the database. It is asked beneath Prisma, so that nobody who listens to the client hears of it;
 * a client that has not connected yet finds the connection ready when it does.
 */
export class GuardPing {
  readonly answered: Promise<void>;
  private readonly flight = new Flight('query', kSql, false);
  private givenUp = false;

  constructor(
    private readonly flights: FlightList,
    factory: GuardedFactory,
  ) {
    this.answered = this.ask(factory).catch((error: unknown) => {
      throw explained(error);
    });
  }

  /** Nobody waits for the answer any more: its connection is not handed back. */
  giveUp(): void {
    this.givenUp = true;
    if (this.flight.listed) this.flight.abandon();
  }

  private async ask(factory: GuardedFactory): Promise<void> {
    const { flight, flights } = this;
    const { tenure } = await factory.anySeat();
    if (this.givenUp) return;
    flights.add(flight);
    tenure.enter();
    try {
      await tenure.call(flight, 'statement', (adapter) => adapter.queryRaw(statement(kSql)));
    } finally {
      tenure.leave();
      flights.remove(flight);
    }
  }
}

/** Prisma would have put words to the adapter's error. */
function explained(error: unknown): unknown {
  const cause = adapterErrorCause(error);
  if (cause === undefined || !(error instanceof Error)) return error;
  const { host, kind, originalMessage, port } = cause as Record<string, unknown>;
  if (kind === 'DatabaseNotReachable' && host !== undefined) {
    error.message = `Can't reach database server at ${String(host)}:${String(port)}`;
  } else if (typeof originalMessage === 'string') {
    error.message = originalMessage;
  }
  return error;
}
