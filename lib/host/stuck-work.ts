/**
 * Ends, beneath Prisma, what an outage has left on dead or silent connections, and what has lost its answer. The core
 * says what that is; ended there, it fails as on a broken connection, and the guard knows how far it had come.
 */
import type { Guard } from '../adapter/guard';
import type { ConnectionFacts, GuardWork } from '../adapter/guard-host';
import { type FailedAttempt, OperationKind, OperationShape, native } from '../native';
import type { Core } from '../drive/core';
import type { DatabaseProbe } from './probe';

const kNoConnection: ConnectionFacts = { number: 0, opening: false, pid: 0, openedAt: 0, sending: false };

export class StuckWork {
  /** Bytes that the connection of each work had received when it was last looked at. */
  private readonly seen = new WeakMap<GuardWork, number>();

  constructor(private readonly core: Core) {}

  /** Remembers where everything stands, so that `sweep` can tell what has moved since. */
  look(guard: Guard): void {
    for (const work of guard.inFlight()) this.note(work);
  }

  sweep(guard: Guard): void {
    for (const work of guard.inFlight()) {
      const received = this.note(work);
      const { sending, openedAt, pid, ...connection } = work.connectionFacts() ?? kNoConnection;
      const hangs = this.core.input((supervisor, now) =>
        supervisor.hangs(now, describe(work), work.connectionDead(), {
          ...connection,
          // Poolers make numbers up that are no process of PostgreSQL's.
          pid: pid > 0 ? pid : 0,
          openedMs: openedAt,
          moving: received || sending,
        }),
      );
      if (hangs) guard.abandon(work);
    }
  }

  /** Tells the core what the server says of the connections that something is under way on. */
  async askServer(guards: readonly Guard[], probe: DatabaseProbe | undefined, look: number): Promise<void> {
    const works = guards.flatMap((guard) => [...guard.inFlight()]);
    const pids = works.flatMap((work) => work.connectionFacts()?.pid ?? []);
    // A question that is about nobody need not be asked.
    const seen = pids.length > 0 ? await probe?.activity(pids, 0) : undefined;
    this.core.input((supervisor, now) => supervisor.onActivity(now, look, seen));
  }

  /** Whether it has received anything since it was last looked at. */
  private note(work: GuardWork): boolean {
    const before = this.seen.get(work);
    const bytes = work.bytesRead();
    if (bytes !== undefined) this.seen.set(work, bytes);
    return before !== undefined && bytes !== before;
  }
}

/** Surely, and alone. */
function reads({ kind, sql, inTransaction }: GuardWork): boolean {
  return (kind === 'query' || kind === 'execute') && !inTransaction && native.sqlKind(sql) === OperationKind.read;
}

function describe(work: GuardWork): FailedAttempt {
  return {
    ticket: 0,
    operation: {
      kind: reads(work) ? OperationKind.read : OperationKind.write,
      shape: OperationShape.single,
      hasUserCode: false,
    },
    firstStartedMs: work.startedAt,
    tryStartedMs: work.sentAt > 0 ? work.sentAt : work.begunAt,
    tries: work.tries,
    epoch: work.epoch,
    nothingSent: work.phase === 'acquire',
    holdsConnection: work.bytesRead() !== undefined,
  };
}
