/**
 * One direction of a proxied connection: takes bytes from one socket and delivers them to the other, in order, when
 * and if the network's present state lets them through.
 *
 * Invariant: a lane that has lost bytes delivers none ever after, since TCP has no holes.
 */
import { type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** What the network does to a direction. 'stall' keeps bytes for later, as TCP's retransmission does; 'swallow' does not. */
type Reach = 'pass' | 'stall' | 'swallow';

export interface Shape {
  reach: Reach;
  /** One way, in ms. */
  delayMs: number;
  /** Added to delayMs, drawn anew for each piece; order is kept. */
  jitterMs: number;
  /** 0 is no limit. */
  bytesPerSecond: number;
}

interface Parcel {
  due: number;
  /** Bytes to write, or what to do once all that came before is handed to the kernel. */
  readonly load: Buffer | (() => void);
}

const kHighWater = 1 << 20;
const kSlicesPerSecond = 50;

export class Lane {
  private queue: Parcel[] = [];
  private queuedBytes = 0;
  private lastDue = 0;
  private timer: NodeJS.Timeout | undefined;
  private lossy = false;
  /** The sink is full, and will say when it is not. */
  private waitsForDrain = false;

  /** Sockets are asked for when needed: the server's is connected only once something can reach it. */
  constructor(
    private readonly source: () => Socket | undefined,
    private readonly sink: () => Socket | undefined,
    private readonly shape: () => Readonly<Shape>,
    private readonly random: () => number,
  ) {}

  /** True once a byte was swallowed. */
  get hasLost(): boolean {
    return this.lossy;
  }

  /** True where neither bytes nor the news of a closed socket get through now. */
  get isMute(): boolean {
    return this.shape().reach !== 'pass';
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.shape().reach === 'swallow') this.lose();
    if (this.lossy) return;
    const { bytesPerSecond } = this.shape();
    const slice = bytesPerSecond > 0 ? Math.max(1, Math.floor(bytesPerSecond / kSlicesPerSecond)) : bytes.length;
    for (let at = 0; at < bytes.length; at += slice) this.enqueue(bytes.subarray(at, at + slice));
    this.pump();
  }

  /** Runs `action` once all that was pushed before has been handed to the kernel. */
  afterDelivery(action: () => void): void {
    this.enqueue(action);
    this.pump();
  }

  /** From now on nothing is delivered, whatever the network's state. */
  lose(): void {
    this.lossy = true;
    // Actions stay: a socket may be closed through a lane that delivers nothing.
    this.queue = this.queue.filter(({ load }) => typeof load === 'function');
    this.queuedBytes = 0;
    this.source()?.resume();
  }

  /** The network's state has changed: what waits is delivered or timed anew. */
  reshape(): void {
    const now = performance.now();
    this.lastDue = now;
    const waiting = this.queue;
    this.queue = [];
    this.queuedBytes = 0;
    if (this.shape().reach === 'swallow' && waiting.some(({ load }) => typeof load !== 'function')) this.lossy = true;
    for (const { load } of waiting) if (!this.lossy || typeof load === 'function') this.enqueue(load);
    this.pump();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.queue = [];
  }

  private enqueue(load: Parcel['load']): void {
    const { delayMs, jitterMs, bytesPerSecond } = this.shape();
    const arrival = performance.now() + delayMs + (jitterMs > 0 ? jitterMs * this.random() : 0);
    const size = typeof load === 'function' ? 0 : load.length;
    const due = Math.max(arrival, this.lastDue + (bytesPerSecond > 0 ? (size / bytesPerSecond) * 1000 : 0));
    this.lastDue = due;
    this.queue.push({ due, load });
    this.queuedBytes += size;
    if (this.queuedBytes > kHighWater) this.source()?.pause();
  }

  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const sink = this.sink();
    if (!sink || this.isMute) return;
    const now = performance.now();
    for (let head = this.queue[0]; head !== undefined; head = this.queue[0]) {
      if (head.due > now && this.isShaped) {
        this.timer = setTimeout(() => this.pump(), Math.max(1, head.due - now));
        return;
      }
      this.queue.shift();
      this.deliver(sink, head.load);
    }
    if (sink.writableLength <= kHighWater) this.source()?.resume();
  }

  private get isShaped(): boolean {
    const { delayMs, jitterMs, bytesPerSecond } = this.shape();
    return delayMs > 0 || jitterMs > 0 || bytesPerSecond > 0;
  }

  private deliver(sink: Socket, load: Parcel['load']): void {
    if (typeof load === 'function') {
      // The callback of an empty write comes after those of all earlier writes.
      if (sink.destroyed || sink.writableEnded) load();
      else sink.write(Buffer.alloc(0), () => load());
      return;
    }
    this.queuedBytes -= load.length;
    if (sink.destroyed || sink.writableEnded) return;
    if (!sink.write(load) && sink.writableLength > kHighWater) this.waitForDrain(sink);
  }

  private waitForDrain(sink: Socket): void {
    this.source()?.pause();
    if (this.waitsForDrain) return;
    this.waitsForDrain = true;
    sink.once('drain', () => {
      this.waitsForDrain = false;
      this.source()?.resume();
    });
  }
}
