/**
 * One connection through the proxy: the client's socket, the server's, and a lane in each direction.
 *
 * Invariant: what happens at one end becomes known at the other only through a lane that is not mute. So a client that
 * gives up during a black hole leaves a ghost at the server, with its locks, until the network is back.
 */
import { type Socket } from 'node:net';
import { Lane, type Shape } from './lane';
import { type CutRule, type Sighting } from './rules';
import { type Side, WireConversation, type WireMessage } from './wire';

/** What a link needs of its proxy. */
export interface Network {
  readonly protocol: 'postgres' | 'raw';
  readonly rules: readonly CutRule[];
  shapeOf(from: Side): Readonly<Shape>;
  connectToServer(): Socket;
  random(): number;
  onMessage(message: WireMessage, connection: number): void;
  onBytes(from: Side, count: number, connection: number): void;
  onGone(link: TcpLink): void;
}

const kOther: Readonly<Record<Side, Side>> = { client: 'server', server: 'client' };

/** Neither closed nor said goodbye. */
function isAlive(socket: Socket | undefined): boolean {
  return socket !== undefined && !socket.destroyed && !socket.readableEnded;
}

/**
 * libuv refuses to reset a socket that is shutting down (uv_tcp_close_reset: EINVAL), and Node then neither closes the
 * handle nor, at exit, stops waiting for it.
 */
function abort(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

export class TcpLink {
  private readonly sockets: Partial<Record<Side, Socket>> = {};
  private readonly lanes: Readonly<Record<Side, Lane>>;
  private readonly conversation = new WireConversation();
  private readonly forwarded: Record<Side, number> = { client: 0, server: 0 };
  /** Where a byte cut counts from, if not from the connection's beginning; Infinity once it has been decided. */
  private readonly byteCutsFrom = new Map<CutRule, number>();
  /** Cut: whatever this side still sends is not forwarded. */
  private readonly isCut: Record<Side, boolean> = { client: false, server: false };
  private pendingCut: { readonly rule: CutRule; readonly at: string } | undefined;
  private ownReach: 'stall' | 'swallow' | undefined;
  private resetsOnTraffic = false;

  constructor(
    client: Socket,
    private readonly network: Network,
    readonly id: number,
  ) {
    this.lanes = { client: this.lane('client'), server: this.lane('server') };
    this.watch('client', client);
    if (!this.lanes.client.isMute) this.connect();
  }

  get isOpenForClient(): boolean {
    return isAlive(this.sockets.client);
  }

  /** The client is gone and the server does not know. */
  get isGhost(): boolean {
    return !this.isOpenForClient && isAlive(this.sockets.server);
  }

  /** Makes a byte cut count from here. */
  arm(rule: CutRule): void {
    this.byteCutsFrom.set(rule, this.forwarded[rule.from]);
  }

  /** The network's state has changed. */
  reshape(): void {
    if (!this.sockets.server && this.isOpenForClient && !this.lanes.client.isMute && !this.lanes.client.hasLost)
      this.connect();
    this.lanes.client.reshape();
    this.lanes.server.reshape();
  }

  /** The network is back. A connection that lost bytes stays silent, or is reset when either end sends more. */
  heal(afterLoss: 'silent' | 'reset'): void {
    this.ownReach = undefined;
    this.resetsOnTraffic = afterLoss === 'reset';
    this.reshape();
    // It said goodbye into the black hole, and there is nobody behind the proxy to answer.
    if (!this.sockets.server && this.sockets.client?.readableEnded) this.sockets.client.destroy();
  }

  reset(): void {
    for (const socket of Object.values(this.sockets)) abort(socket);
  }

  private lane(from: Side): Lane {
    return new Lane(
      () => this.sockets[from],
      () => this.sockets[kOther[from]],
      () => {
        const shape = this.network.shapeOf(from);
        return this.ownReach === undefined ? shape : { ...shape, reach: this.ownReach };
      },
      () => this.network.random(),
    );
  }

  private connect(): void {
    this.watch('server', this.network.connectToServer());
    this.lanes.client.reshape();
  }

  private watch(from: Side, socket: Socket): void {
    this.sockets[from] = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.receive(from, bytes));
    socket.on('end', () => {
      this.passUnfinished(from);
      this.lanes[from].afterDelivery(() => this.sockets[kOther[from]]?.end());
    });
    // 'close' follows and says that there was one.
    socket.on('error', () => undefined);
    socket.on('close', () => this.closed(from));
  }

  private closed(from: Side): void {
    this.passUnfinished(from);
    const other = this.sockets[kOther[from]];
    if (!other || other.destroyed) {
      this.lanes.client.stop();
      this.lanes.server.stop();
      this.network.onGone(this);
      return;
    }
    const ended = (this.sockets[from] as Socket).readableEnded;
    this.lanes[from].afterDelivery(() => {
      if (ended) other.end();
      else abort(other);
    });
  }

  /** A server that dies in mid-message has sent that half. */
  private passUnfinished(from: Side): void {
    if (this.pendingCut?.rule.from === from) this.cut(this.pendingCut.rule, true);
    else if (!this.isCut[from]) this.forward(from, this.conversation.takeUnfinished(from));
  }

  private receive(from: Side, bytes: Buffer): void {
    this.network.onBytes(from, bytes.length, this.id);
    if (this.resetsOnTraffic && (this.lanes.client.hasLost || this.lanes.server.hasLost)) {
      this.reset();
      return;
    }
    if (this.network.protocol === 'raw') {
      if (!this.isCut[from]) this.forward(from, bytes);
      return;
    }
    for (const message of this.conversation.push(from, bytes)) this.consider(message);
  }

  private consider(message: WireMessage): void {
    const { from } = message;
    this.network.onMessage(message, this.id);
    const pending = this.pendingCut;
    if (pending?.rule.from === from && pending.at === message.name) {
      if (!this.isCut[from]) this.forward(from, message.bytes);
      this.cut(pending.rule, this.isCut[from]);
      return;
    }
    if (this.isCut[from]) return;
    const { transaction, sql } = this.conversation;
    const sighting: Sighting = { message, transaction, sql, connection: this.id };
    const rule = pending ? undefined : [...this.network.rules].find((each) => each.strikes(sighting));
    if (rule) this.obey(rule, message);
    else this.forward(from, message.bytes);
  }

  private obey(rule: CutRule, message: WireMessage): void {
    const { from, action } = rule;
    const drop = 'message' in rule.cut && rule.cut.drop === true;
    if (drop && action === 'stall') {
      this.perform(rule);
      this.forward(from, message.bytes);
      return;
    }
    this.isCut[from] = drop;
    if (!drop) this.forward(from, message.bytes);
    if (drop && message.name === 'CommandComplete') this.pendingCut = { rule, at: 'ReadyForQuery' };
    else if (!drop && message.name === 'Execute') this.pendingCut = { rule, at: 'Sync' };
    else this.cut(rule, drop);
  }

  private forward(from: Side, bytes: Buffer): void {
    if (bytes.length === 0) return;
    for (const rule of [...this.network.rules]) {
      if (!('afterBytes' in rule.cut) || rule.from !== from) continue;
      const remaining = (this.byteCutsFrom.get(rule) ?? 0) + rule.cut.afterBytes - this.forwarded[from];
      if (remaining > bytes.length) continue;
      this.byteCutsFrom.set(rule, Infinity);
      if (!rule.strike()) continue;
      this.deliver(from, bytes.subarray(0, remaining));
      this.cut(rule, false);
      if (rule.action === 'stall') this.deliver(from, bytes.subarray(remaining));
      return;
    }
    this.deliver(from, bytes);
  }

  private deliver(from: Side, bytes: Buffer): void {
    this.forwarded[from] += bytes.length;
    this.lanes[from].push(bytes);
  }

  /** Cuts now, or once what was sent before is delivered. */
  private cut(rule: CutRule, now: boolean): void {
    this.pendingCut = undefined;
    if (rule.action !== 'stall') this.isCut.client = this.isCut.server = true;
    if (now) this.perform(rule);
    else this.lanes[rule.from].afterDelivery(() => this.perform(rule));
  }

  private perform(rule: CutRule): void {
    const { action } = rule;
    rule.hit();
    switch (action) {
      case 'reset':
        this.reset();
        return;
      case 'close':
        for (const socket of Object.values(this.sockets)) socket.destroySoon();
        return;
      case 'stall':
      case 'swallow':
        this.ownReach = action;
        if (action === 'stall') return;
        this.lanes.client.lose();
        this.lanes.server.lose();
    }
  }
}
