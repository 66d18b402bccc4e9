import { adapterErrorCause, statement } from './driver-adapter';
import { AdapterRequest } from './adapter-request';
import type { AdapterRequestList } from './adapter-request-list';
import type { GuardedFactory } from './guarded-factory';

const kSql = 'SELECT 1';

/**
 * A trivial question to the database. It is asked beneath Prisma, so that nobody who listens to the client hears of it;
 * a client that has not connected yet finds the connection ready when it does.
 */
export class GuardPing {
  readonly answered: Promise<void>;
  private readonly request = new AdapterRequest('query', kSql, false);
  private givenUp = false;

  constructor(
    private readonly requests: AdapterRequestList,
    factory: GuardedFactory,
  ) {
    this.answered = this.ask(factory).catch((error: unknown) => {
      throw explained(error);
    });
  }

  /** Nobody waits for the answer any more: its connection is not handed back. */
  giveUp(): void {
    this.givenUp = true;
    if (this.request.listed) this.request.abandon();
  }

  private async ask(factory: GuardedFactory): Promise<void> {
    const { request, requests } = this;
    const { lease } = await factory.anySlot();
    if (this.givenUp) return;
    requests.add(request);
    lease.enter();
    try {
      await lease.call(request, 'statement', (adapter) => adapter.queryRaw(statement(kSql)));
    } finally {
      lease.leave();
      requests.remove(request);
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
