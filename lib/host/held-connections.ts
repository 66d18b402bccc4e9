/**
 * Watches connections that are held: by interactive transactions, and by the application's own use of the adapter's
 * pool. When one is held for too long the core says; one timer looks, only while something is held, and keeps no process
 * alive.
 */
import { type Caller, placeOf } from '../contracts/caller';
import type { HeldConnectionInfo, SafeEmitter } from '../events';
import { type HoldKind, type NativeConfig, type NativeHoldWatch, native } from '../native';
import type { Log } from './log';
import { onOwnAccount } from '../drive/own-account';

export interface Held {
  readonly kind: HoldKind;
  /** ms of performance.now() */
  readonly sinceMs: number;
  readonly caller: Caller;
  readonly ended: boolean;
  /** Since when nothing was sent on it, as sinceMs; Infinity while it works; undefined: that is not seen. */
  idleSinceMs(): number | undefined;
}

/** Timers of Node count milliseconds in 31 bits. */
const kLongestTimer = 0x7fffffff;

export class HeldConnections {
  private readonly native: NativeHoldWatch;
  private readonly held = new Set<Held>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    config: NativeConfig,
    private readonly databaseIsUp: () => boolean,
    private readonly emitter: SafeEmitter,
    private readonly log: Log,
  ) {
    this.native = new native.NativeHoldWatch(config);
  }

  /** Answers how to say that it is not held any more. */
  add(held: Held): () => void {
    this.held.add(held);
    // What comes later is due later: the look at the first finds it.
    if (this.timer === undefined) this.arm(this.dueOf(held));
    return () => this.held.delete(held);
  }

  outageEnded(): void {
    this.native.onOutage(performance.now());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.held.clear();
  }

  private dueOf(held: Held): number {
    return this.native.due(performance.now(), nativeHold(held));
  }

  private arm(due: number): void {
    if (due === Infinity) return;
    const delay = Math.min(kLongestTimer, Math.max(1, Math.ceil(due - performance.now())));
    // A client that nobody uses any more is collected: its timer must not keep it.
    const weak = new WeakRef<HeldConnections>(this);
    this.timer = onOwnAccount(() => setTimeout(() => weak.deref()?.look(), delay)).unref();
  }

  private look(): void {
    this.timer = undefined;
    let due = Infinity;
    for (const held of [...this.held]) {
      if (held.ended || this.tell(held)) this.held.delete(held);
      else due = Math.min(due, this.dueOf(held));
    }
    this.arm(due);
  }

  /** false: it is not held for too long. */
  private tell(held: Held): boolean {
    const now = performance.now();
    const place = placeOf(held.caller);
    const warning = this.native.onLook(now, this.databaseIsUp(), nativeHold(held), place);
    if (warning === undefined) return false;
    const { heldMs, leftOut } = warning;
    const idleSince = held.idleSinceMs();
    const idleMs = idleSince === undefined ? undefined : Math.max(0, now - idleSince);
    const { kind, caller } = held;
    const info: HeldConnectionInfo = { kind, heldMs, idleMs, caller: place, stack: caller.stack ?? '' };
    this.emitter.emit('connection:held', info);
    if (leftOut !== undefined) this.log.warn(lineOf(info, leftOut));
    return true;
  }
}

function nativeHold(held: Held) {
  const { kind, sinceMs } = held;
  return { kind, sinceMs, idleSinceMs: held.idleSinceMs() ?? sinceMs };
}

function lineOf({ kind, heldMs, idleMs, caller }: HeldConnectionInfo, leftOut: number): string {
  const idle = idleMs === undefined ? '' : ` idleMs=${Math.round(idleMs)}`;
  const what =
    kind === 'transaction'
      ? `a transaction is still open, begun at ${caller}`
      : `a connection of the pool is held and not used, taken at ${caller}`;
  const more = leftOut > 0 ? `; ${leftOut} more of this place since the last line` : '';
  return `connection:held kind=${kind} heldMs=${Math.round(heldMs)}${idle}: ${what}${more}`;
}
