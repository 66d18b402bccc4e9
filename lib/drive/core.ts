/**
 * Drives the core: one timer, the control block, and the drain of effects after every input. Decides nothing.
 */
import { onOwnAccount } from './own-account';
import {
  ConnectionState,
  type ControlBlock,
  type Effect,
  type GiveUpReason,
  type NativeConfig,
  type NativeSupervisor,
  native,
  slots,
} from '../native';
import { keepProcessAlive, letProcessEnd } from './keep-alive';
import { onceSocketsAreRead } from './loop-turn';

/** Something that waits for the core with a ticket. Exactly one of the two is called, once. */
interface WaitCallbacks {
  released(): void;
  expired(reason: GiveUpReason): void;
}

export interface CoreOptions {
  readonly config: NativeConfig;
  readonly canReplace: boolean;
  readonly hasProbe: boolean;
  /** false: the first client is still to be made, and operations wait for it. */
  readonly hasClient: boolean;
  /** The provider of the guarded adapters beneath the first client; '': there is no guard. */
  readonly beneath: string;
  /** `host:port` that the first client connects to, where that is known. */
  readonly serving: string | undefined;
  /** The event loop has turned. */
  readonly onBeat: () => void;
  /** No beats are to be expected until the next one: nothing happens. */
  readonly onRest: () => void;
  /** Something happens again, after nothing did for a while, or after the event loop stood still. */
  readonly onWoken: () => void;
  /** Carries out what is not about tickets. Must not throw. */
  readonly onEffect: (effect: TaskEffect) => void;
}

/** What is in flight: it says in the control block, before the core decides, since when its oldest has been. */
interface PublishesOldest {
  publishOldest(): void;
}

/** The effects that are not about tickets or the event loop. */
export type TaskEffect = Exclude<Effect, { type: 'release' | 'expire' | 'readSockets' }>;

/** By the number that the control block holds. */
const kStates = Object.values(ConnectionState);

/** Timers of Node count milliseconds in 31 bits. */
const kLongestTimer = 0x7fffffff;

export class Core {
  readonly block: ControlBlock;
  private readonly supervisor: NativeSupervisor;
  private readonly waiters = new Map<number, WaitCallbacks>();
  private readonly onBeat: () => void;
  private readonly onRest: () => void;
  private readonly onWoken: () => void;
  private readonly onEffect: (effect: TaskEffect) => void;
  private timer: NodeJS.Timeout | undefined;
  private timerDue = Infinity;
  private draining = false;
  private inFlight: PublishesOldest | undefined;

  constructor(options: CoreOptions) {
    this.onBeat = options.onBeat;
    this.onRest = options.onRest;
    this.onWoken = options.onWoken;
    this.onEffect = options.onEffect;
    const { config, canReplace, hasProbe, hasClient, beneath, serving } = options;
    const seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const abilities = { canReplace, hasProbe, hasClient, beneath, serving };
    this.supervisor = new native.NativeSupervisor(config, abilities, seed, performance.now());
    this.block = this.supervisor.block() as ControlBlock;
  }

  /** After construction, once the host is ready for effects. */
  begin(): void {
    this.finish();
  }

  /** Its attempts are what the core knows to be in flight. */
  follow(inFlight: PublishesOldest): void {
    this.inFlight = inFlight;
  }

  /** Work beneath Prisma asks before it takes a connection. */
  get holdsBeneath(): boolean {
    return this.block[slots.heldBeneath] !== 0;
  }

  /** Nothing happens, and the core wants no tick until something does. */
  get asleep(): boolean {
    return this.block[slots.tickDue] === Infinity;
  }

  get epoch(): number {
    return this.block[slots.epoch];
  }

  get state(): ConnectionState {
    return kStates[this.block[slots.state]]!;
  }

  /** Tells the core something and carries out what follows from it. */
  input<T>(tell: (supervisor: NativeSupervisor, now: number) => T): T {
    this.inFlight?.publishOldest();
    const answer = tell(this.supervisor, performance.now());
    this.finish();
    return answer;
  }

  /** An operation begins, and the core may not have been watching the clock: the process may have been frozen. */
  wake(): void {
    this.input((supervisor, now) => supervisor.onWoken(now));
  }

  /** Asks the core something that changes nothing. */
  ask<T>(question: (supervisor: NativeSupervisor, now: number) => T): T {
    this.inFlight?.publishOldest();
    return question(this.supervisor, performance.now());
  }

  /** The process stays alive until the wait is over. */
  wait(ticket: number, waiter: WaitCallbacks): void {
    if (!this.waiters.has(ticket)) keepProcessAlive();
    this.waiters.set(ticket, waiter);
  }

  /** The waiter came to its end by another way; the core forgets its ticket. */
  cancel(ticket: number): void {
    this.endWait(ticket);
    this.input((supervisor, now) => supervisor.onCancelled(now, ticket));
  }

  /** The timer keeps no process alive; this ends it. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.timerDue = Infinity;
  }

  private endWait(ticket: number): WaitCallbacks | undefined {
    const waiter = this.waiters.get(ticket);
    if (this.waiters.delete(ticket)) letProcessEnd();
    return waiter;
  }

  private finish(): void {
    if (this.draining) return;
    this.draining = true;
    try {
      while (this.block[slots.effects] > 0) {
        for (const effect of this.supervisor.takeEffects()) this.carryOut(effect);
      }
    } finally {
      this.draining = false;
    }
    this.arm();
  }

  private carryOut(effect: Effect): void {
    if (effect.type === 'release') this.endWait(effect.ticket)?.released();
    else if (effect.type === 'expire') this.endWait(effect.ticket)?.expired(effect.reason);
    else if (effect.type === 'readSockets') onOwnAccount(() => this.readSockets());
    else onOwnAccount(() => this.onEffect(effect));
  }

  private readSockets(): void {
    onceSocketsAreRead(() => this.input((supervisor, now) => supervisor.onLoopTurned(now)));
    this.onWoken();
  }

  private arm(): void {
    const due = this.block[slots.tickDue];
    if (due >= this.timerDue) return;
    clearTimeout(this.timer);
    this.timerDue = due;
    if (due === Infinity) return;
    const delay = Math.min(kLongestTimer, Math.max(1, Math.ceil(due - performance.now())));
    // A client that nobody uses any more is collected, shutdown() or not: its timer must not keep it.
    const weak = new WeakRef<Core>(this);
    const tick = (): void => weak.deref()?.tick();
    this.timer = onOwnAccount(() => setTimeout(tick, delay));
    this.timer.unref();
  }

  private tick(): void {
    this.timerDue = Infinity;
    this.onBeat();
    this.input((supervisor, now) => supervisor.onTick(now));
    if (this.asleep) this.onRest();
  }
}
