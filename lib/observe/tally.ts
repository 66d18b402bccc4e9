/** Counts what events tell, and remembers the last of them, for exports and the dashboard's timeline. */
import type { ReplacementInfo, ResilienceEvents } from '../events';
import { messageOf } from '../host/log';
import type { ConnectionState, ReplaceReason } from '../native';

export type TimelineEventName =
  | 'state'
  | 'outage'
  | 'recovered'
  | 'hard-reset'
  | 'refresh'
  | 'failover'
  | 'circuit:open'
  | 'circuit:half-open'
  | 'circuit:close'
  | 'memory:high';

/** Holds no user's data: states, reasons, endpoints and the texts of connection errors, without passwords. */
export interface TimelineEvent {
  /** Counts up by one for each event of a client. */
  readonly id: number;
  /** ms of Date.now() */
  readonly at: number;
  readonly name: TimelineEventName;
  /** 'up', 'manual', 'db2:5432', an outage's cause, …; '' where there is nothing to add. */
  readonly detail: string;
}

/** An hour of a database that flaps every ten seconds, with its states. */
const kRemembered = 2000;

export class Tally {
  readonly replacements = {
    'hard-reset': new Map<ReplaceReason, number>(),
    refresh: new Map<ReplaceReason, number>(),
  };
  failovers = 0;
  outages = 0;
  circuitOpened = 0;
  /** Of outages that are over, in ms. */
  outageMs = 0;
  readonly events: TimelineEvent[] = [];
  private nextId = 1;
  private began: number | undefined;
  private cause = '';

  readonly told = (now: number, event: keyof ResilienceEvents, args: readonly unknown[]): void => {
    const [first] = args;
    switch (event) {
      case 'state':
        this.remember(now, 'state', first as ConnectionState);
        return;
      case 'disconnect':
        this.outages += 1;
        this.began = now;
        this.cause = messageOf(first);
        this.remember(now, 'outage', this.cause);
        return;
      case 'reconnect:success':
        this.outageMs += (first as { outageMs: number }).outageMs;
        this.began = undefined;
        this.remember(now, 'recovered', '');
        return;
      case 'hard-reset':
      case 'refresh': {
        const { reason } = first as ReplacementInfo;
        const counts = this.replacements[event];
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
        this.remember(now, event, reason);
        return;
      }
      case 'failover': {
        const { host, port } = first as { host: string; port: number };
        this.failovers += 1;
        this.remember(now, 'failover', `${host}:${port}`);
        return;
      }
      case 'circuit:open':
        this.circuitOpened += 1;
        this.remember(now, event, '');
        return;
      case 'circuit:half-open':
      case 'circuit:close':
      case 'memory:high':
        this.remember(now, event, '');
        return;
      // Counted elsewhere, or nothing to remember.
      case 'connect':
      case 'connection:held':
      case 'gc:executed':
      case 'health':
      case 'operation:slow':
      case 'reconnect':
      case 'reconnect:failed':
      case 'retry':
        return;
    }
  };

  /** Since the beginning, the present outage included, in ms. */
  totalOutageMs(now: number): number {
    return this.outageMs + (this.began === undefined ? 0 : Math.max(0, now - this.began));
  }

  /** The present one, where there is one. */
  outage(): { readonly since: number; readonly cause: string } | undefined {
    return this.began === undefined ? undefined : { since: this.began, cause: this.cause };
  }

  private remember(at: number, name: TimelineEventName, detail: string): void {
    this.events.push({ id: this.nextId++, at, name, detail });
    if (this.events.length > kRemembered) this.events.shift();
  }
}
