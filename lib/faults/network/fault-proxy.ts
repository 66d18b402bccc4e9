/**
 * A network between a client and a server that can be made to fail in every way in which networks fail.
 *
 * Owner: one drill, test or script. States of the whole network (`pass`, `delay`, `throttle`, `stall`, `swallow`, `refuse`)
 * replace each other and last until the next; cuts (`cutAfter`, `cutAtByte`) strike single connections beside them.
 */
import * as net from 'node:net';
import { redirected } from '../../connection-url';
import { DeafListener } from './deaf-listener';
import { type Shape } from './lane';
import { type Network, TcpLink } from './link';
import { findPort } from './ports';
import { type ByteCut, type CutLimits, CutRule, type MessageCut, isAcknowledgement } from './rules';
import { type Side } from './wire';

export interface ProxyOptions {
  readonly target: { readonly port: number; readonly host?: string };
  /** 'raw' for anything but PostgreSQL: no messages are told apart. Default 'postgres'. */
  readonly protocol?: 'postgres' | 'raw';
  /** In [0, 1), for jitter and the cuts' probabilities. Default Math.random. */
  readonly random?: () => number;
  /** To listen on. Default: a free one that the kernel gives to nobody else. */
  readonly port?: number;
}

export interface ProxyCounters {
  /** Connections that clients hold now. */
  readonly open: number;
  /** Connections that the server holds, although their client is gone. */
  readonly ghosts: number;
  readonly total: number;
  /** Bytes and messages that each side has sent to the proxy, delivered or not; by name of the message. */
  readonly bytes: Readonly<Record<Side, number>>;
  readonly messages: Readonly<Record<Side, Readonly<Record<string, number>>>>;
  /** Exchanges that ended in ReadyForQuery, those that open a connection left out. */
  readonly roundTrips: number;
  /** Times that the server has said something after its client had: round trips of any protocol, handshakes counted. */
  readonly turns: number;
}

export interface MuteOptions {
  /** Whose bytes do not arrive. Default: both sides'. */
  readonly from?: Side;
  /** 'ignore': connecting hangs too. Default 'accept': a load balancer in front of the hole. */
  readonly newConnections?: 'accept' | 'ignore';
}

const kFree: Readonly<Shape> = { reach: 'pass', delayMs: 0, jitterMs: 0, bytesPerSecond: 0 };
const kHost = '127.0.0.1';

export class FaultProxy {
  private target: { readonly port: number; readonly host: string };
  private readonly random: () => number;
  private readonly network: Network;
  private readonly links = new Set<TcpLink>();
  private rules: CutRule[] = [];
  private shapes: Record<Side, Readonly<Shape>> = { client: kFree, server: kFree };
  private resetsNew = false;
  private afterLoss: 'silent' | 'reset' = 'silent';
  private listener: net.Server | undefined;
  private deaf: DeafListener | undefined;
  private portNumber: number;
  private accepted = 0;
  private counted = newCounts();
  private disposed = false;

  constructor(options: ProxyOptions) {
    this.target = addressOf(options.target);
    this.random = options.random ?? Math.random;
    this.portNumber = options.port ?? 0;
    this.network = this.makeNetwork(options.protocol ?? 'postgres');
  }

  static async start(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.open();
    return proxy;
  }

  /** Begins to listen. Rejects where its port is taken. */
  async open(): Promise<void> {
    if (this.portNumber === 0) this.portNumber = await findPort();
    await this.listen();
  }

  get host(): string {
    return kHost;
  }

  get port(): number {
    return this.portNumber;
  }

  /** The same URL, through this proxy. */
  via(url: string): string {
    return redirected(url, { host: this.host, port: this.port });
  }

  /** Where new connections go from now on. */
  retarget(target: ProxyOptions['target']): void {
    this.target = addressOf(target);
  }

  /** All is well again: what was stalled arrives; what was swallowed does not, and the fate of closed sockets is known. */
  async pass(): Promise<void> {
    await this.become({});
    for (const link of this.links) link.heal(this.afterLoss);
  }

  /** Adds a one-way delay in both directions, or to what one side sends. */
  async delay(ms: number, options: { jitterMs?: number; from?: Side } = {}): Promise<void> {
    await this.become({ delayMs: ms, jitterMs: options.jitterMs ?? 0 }, options.from);
  }

  async throttle(bytesPerSecond: number, options: { from?: Side } = {}): Promise<void> {
    await this.become({ bytesPerSecond }, options.from);
  }

  /** Nothing arrives until `pass`, then all of it: packets lost and sent again by TCP. */
  async stall(options: MuteOptions = {}): Promise<void> {
    await this.become({ reach: 'stall' }, options.from, options.newConnections);
  }

  /**
   * A black hole: what is sent is lost for ever. Connections that lost something stay silent after `pass`, or are
   * reset when an end sends more (`afterwards: 'reset'`, a firewall that has forgotten them).
   */
  async swallow(options: MuteOptions & { readonly afterwards?: 'silent' | 'reset' } = {}): Promise<void> {
    await this.become({ reach: 'swallow' }, options.from, options.newConnections);
    this.afterLoss = options.afterwards ?? 'silent';
  }

  /** Sends RST to both ends of every open connection, and with `newConnections` to later ones until `pass`. */
  async reset(options: { readonly newConnections?: boolean } = {}): Promise<number> {
    if (options.newConnections) {
      await this.become({});
      this.resetsNew = true;
    }
    const links = [...this.links];
    for (const link of links) link.reset();
    return links.length;
  }

  /** Closes the listener: connecting fails at once (ECONNREFUSED). Open connections live on. */
  async refuse(): Promise<void> {
    await this.become({}, undefined, 'refuse');
  }

  /** Cuts a connection once a certain number of bytes has passed. One cut in all, unless `times` says otherwise. */
  cutAtByte(cut: ByteCut): CutRule {
    const rule = this.addRule({ times: 1, ...cut });
    for (const link of this.links) link.arm(rule);
    return rule;
  }

  /** Cuts a connection when a certain message passes. */
  cutAfter(cut: MessageCut): CutRule {
    return this.addRule(cut);
  }

  /** Acknowledgements of durable writes (COMMIT, or a write outside a transaction) are lost, and their connection cut. */
  loseAcknowledgements(limits: CutLimits & { readonly tag?: RegExp } = {}): CutRule {
    return this.cutAfter({ ...limits, message: 'CommandComplete', drop: true, when: isAcknowledgement });
  }

  /** The connection becomes a black hole right after its client's COMMIT, or with `drop` just before it. */
  swallowAfterCommit(limits: CutLimits & { readonly drop?: boolean } = {}): CutRule {
    return this.cutAfter({
      then: 'swallow',
      ...limits,
      from: 'client',
      message: 'Statement',
      sql: /(^|;)\s*(COMMIT|END)\b\s*;?\s*$/i,
    });
  }

  counters(): ProxyCounters {
    const links = [...this.links];
    const { bytes, messages, roundTrips, turns } = this.counted;
    return {
      open: links.filter((link) => link.isOpenForClient).length,
      ghosts: links.filter((link) => link.isGhost).length,
      total: this.accepted,
      bytes: { ...bytes },
      messages: { client: { ...messages.client }, server: { ...messages.server } },
      roundTrips,
      turns,
    };
  }

  /** Bytes, messages and round trips count from zero again. */
  resetCounters(): void {
    this.counted = newCounts();
  }

  /** Resets what is open and frees the port. Idempotent. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.vacate();
    for (const link of [...this.links]) link.reset();
  }

  private addRule(cut: MessageCut | ByteCut): CutRule {
    const rule = new CutRule(cut, this.random, (spent) => {
      this.rules = this.rules.filter((each) => each !== spent);
    });
    this.rules = [...this.rules, rule];
    return rule;
  }

  /** Takes on a state: how bytes travel, and what becomes of those who connect. */
  private async become(
    shape: Partial<Shape>,
    from?: Side,
    newConnections: 'accept' | 'ignore' | 'refuse' = 'accept',
  ): Promise<void> {
    if (this.disposed) throw new Error('this proxy is disposed of');
    const shaped = { ...kFree, ...shape };
    this.shapes = {
      client: from === 'server' ? kFree : shaped,
      server: from === 'client' ? kFree : shaped,
    };
    this.resetsNew = false;
    for (const link of this.links) link.reshape();
    if (newConnections === 'accept') await this.listen();
    else if (newConnections === 'refuse') await this.vacate();
    else if (!this.deaf) {
      const deaf = new DeafListener(kHost, this.port);
      await deaf.start(() => this.closeListener());
      this.deaf = deaf;
    }
  }

  private async listen(): Promise<void> {
    if (this.listener) return;
    await this.deaf?.stop();
    this.deaf = undefined;
    const listener = net.createServer({ allowHalfOpen: true }, (client) => this.accept(client));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, kHost, () => resolve());
    });
    this.listener = listener;
  }

  private async vacate(): Promise<void> {
    this.closeListener();
    await this.deaf?.stop();
    this.deaf = undefined;
  }

  private closeListener(): void {
    this.listener?.close();
    this.listener = undefined;
  }

  private accept(client: net.Socket): void {
    this.accepted += 1;
    if (this.resetsNew) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    this.links.add(new TcpLink(client, this.network, this.accepted));
  }

  private makeNetwork(protocol: 'postgres' | 'raw'): Network {
    const ready = new Set<number>();
    const asked = new Set<number>();
    const rules = (): readonly CutRule[] => this.rules;
    return {
      protocol,
      get rules() {
        return rules();
      },
      shapeOf: (from) => this.shapes[from],
      connectToServer: () => net.connect({ ...this.target, allowHalfOpen: true }),
      random: this.random,
      onBytes: (from, count, connection) => {
        this.counted.bytes[from] += count;
        if (from === 'client') asked.add(connection);
        else if (asked.delete(connection)) this.counted.turns += 1;
      },
      onMessage: ({ from, name }, connection) => {
        const counts = this.counted.messages[from];
        counts[name] = (counts[name] ?? 0) + 1;
        if (name !== 'ReadyForQuery') return;
        if (ready.has(connection)) this.counted.roundTrips += 1;
        else ready.add(connection);
      },
      onGone: (link) => {
        this.links.delete(link);
        ready.delete(link.id);
        asked.delete(link.id);
      },
    };
  }
}

/** Not by spreading: a cluster answers `port` through a getter. */
function addressOf({ port, host = kHost }: ProxyOptions['target']): { port: number; host: string } {
  return { port, host };
}

interface Counts {
  readonly bytes: Record<Side, number>;
  readonly messages: Record<Side, Record<string, number>>;
  roundTrips: number;
  turns: number;
}

function newCounts(): Counts {
  return { bytes: { client: 0, server: 0 }, messages: { client: {}, server: {} }, roundTrips: 0, turns: 0 };
}
