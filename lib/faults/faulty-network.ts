/** For an application's own tests: the network between it and its database, made to fail as networks fail. */
import { FaultProxy } from './network/fault-proxy';
import type { CutAction, CutLimits, MessageCut } from './network/rules';
import { messageNames } from './network/wire';
import { type ConnectionUrl, parseConnectionUrl, redirected } from '../connection-url';
import { ConfigError } from '../errors';

export interface FaultyNetworkCounts {
  /** Connections that are open now. */
  readonly open: number;
  /** Connections since the beginning. */
  readonly total: number;
  /** Exchanges that the database has ended, logging in not among them. PostgreSQL without TLS. */
  readonly roundTrips: number;
  readonly bytes: { readonly fromApplication: number; readonly fromDatabase: number };
  /** By the protocol's names (`Query`, `CommandComplete`, …). PostgreSQL without TLS. */
  readonly messages: {
    readonly fromApplication: Readonly<Record<string, number>>;
    readonly fromDatabase: Readonly<Record<string, number>>;
  };
}

/** A cut that waits for its moment. */
export interface RunningCut {
  /** Connections that it has cut. */
  readonly hits: number;
  /** It cuts no more. `start()` does not end it. */
  remove(): void;
}

/** Made by `faultyNetwork()`. Each state replaces the one before and lasts until the next. */
export interface FaultyNetwork {
  /** For the application under test: the database's URL, through this network. */
  readonly url: string;
  readonly counts: FaultyNetworkCounts;
  /** Open connections are reset and new ones refused, as by a server that is down. */
  stop(): Promise<void>;
  /** All is well again. What was swallowed has not arrived. */
  start(): Promise<void>;
  /** Packets vanish without a word: a partition, a firewall that forgot. Connecting works unless `connecting` is 'hangs'. */
  swallow(options?: { readonly connecting?: 'works' | 'hangs' }): Promise<void>;
  /** Nothing arrives until `start()`, then all of it: a paused machine. */
  freeze(): Promise<void>;
  /** Resets open connections; new ones work. Answers how many there were. */
  reset(): Promise<number>;
  /** Everything takes `ms` longer in each direction. */
  delay(ms: number): Promise<void>;
  /**
   * The database commits a write, and the connection is cut before the application hears of it, `probability` of the time.
   * PostgreSQL without TLS.
   */
  loseAcknowledgements(probability?: number, limits?: Pick<CutLimits, 'times'>): RunningCut;
  /**
   * Cuts a connection when a message passes: 'Statement' from the application, or the name of a message of the
   * database (`CommandComplete`, `RowDescription`, …). PostgreSQL without TLS.
   */
  cutAfter(message: string, cut?: Omit<MessageCut, 'message'>): RunningCut;
  /** Ends it: what is open is reset, and its port is free again. */
  close(): Promise<void>;
}

/**
 * A network of its own for the tests of an application: a proxy on this machine, in this process. Point the application
 * at `url`, make faults while it works, and compare what it was told with what is in the database (`Ledger`).
 */
export async function faultyNetwork(databaseUrl: string): Promise<FaultyNetwork> {
  const url = typeof databaseUrl === 'string' ? parseConnectionUrl(databaseUrl) : undefined;
  const [target, ...others] = url?.hosts ?? [];
  if (!url || !target || others.length > 0) {
    throw new ConfigError([
      'faultyNetwork: expected the URL of a database with one host, such as postgresql://user:password@localhost:5432/app',
    ]);
  }
  const proxy = await FaultProxy.start({ target, protocol: url.provider === 'postgresql' ? 'postgres' : 'raw' });
  return new ProxiedNetwork(proxy, redirected(databaseUrl, proxy), whyNoMessages(url));
}

const kTlsModes: ReadonlySet<string> = new Set(['require', 'verify-ca', 'verify-full', 'no-verify']);

/** Why one message cannot be told from another; undefined where it can. A cut that waits for one would wait for ever. */
function whyNoMessages({ parameters, provider }: ConnectionUrl): string | undefined {
  if (provider !== 'postgresql') return "only PostgreSQL's messages can be told apart";
  const encrypted = parameters.some(
    ([name, value]) => (name === 'sslmode' && kTlsModes.has(value)) || (name === 'ssl' && /^(true|1)$/.test(value)),
  );
  return encrypted
    ? 'nobody can read messages inside of TLS: for this test, take sslmode and ssl out of the URL'
    : undefined;
}

const kCutActions: readonly CutAction[] = ['reset', 'close', 'swallow', 'stall'];

/** Of what would otherwise wait for a moment that never comes, and a test would prove nothing. */
function checkLimits(method: string, { probability, then, times }: CutLimits): void {
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new ConfigError([`${method}: expected a probability from 0 to 1, got ${String(probability)}`]);
  }
  if (times !== undefined && !(times === Infinity || (Number.isInteger(times) && times >= 1))) {
    throw new ConfigError([`${method}: times: expected a whole number from 1, got ${String(times)}`]);
  }
  if (then !== undefined && !kCutActions.includes(then)) {
    throw new ConfigError([`${method}: then: expected one of ${kCutActions.join(', ')}, got ${String(then)}`]);
  }
}

class ProxiedNetwork implements FaultyNetwork {
  constructor(
    private readonly proxy: FaultProxy,
    readonly url: string,
    private readonly noMessages: string | undefined,
  ) {}

  get counts(): FaultyNetworkCounts {
    const { open, total, roundTrips, bytes, messages } = this.proxy.counters();
    return {
      open,
      total,
      roundTrips,
      bytes: { fromApplication: bytes.client, fromDatabase: bytes.server },
      messages: { fromApplication: messages.client, fromDatabase: messages.server },
    };
  }

  async stop(): Promise<void> {
    await this.proxy.refuse();
    await this.proxy.reset();
  }

  start(): Promise<void> {
    return this.proxy.pass();
  }

  async swallow({ connecting = 'works' }: { readonly connecting?: 'works' | 'hangs' } = {}): Promise<void> {
    if (connecting !== 'works' && connecting !== 'hangs') {
      throw new ConfigError([`swallow: connecting: expected 'works' or 'hangs', got ${String(connecting)}`]);
    }
    await this.proxy.swallow({ newConnections: connecting === 'hangs' ? 'ignore' : 'accept' });
  }

  freeze(): Promise<void> {
    return this.proxy.stall();
  }

  reset(): Promise<number> {
    return this.proxy.reset();
  }

  async delay(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0)
      throw new ConfigError([`delay: expected milliseconds from 0, got ${String(ms)}`]);
    await this.proxy.delay(ms);
  }

  loseAcknowledgements(probability = 1, limits: Pick<CutLimits, 'times'> = {}): RunningCut {
    this.needMessages('loseAcknowledgements');
    checkLimits('loseAcknowledgements', { ...limits, probability });
    return this.proxy.loseAcknowledgements({ ...limits, probability });
  }

  cutAfter(message: string, cut: Omit<MessageCut, 'message'> = {}): RunningCut {
    this.needMessages('cutAfter');
    checkLimits('cutAfter', cut);
    const from = cut.from ?? (message === 'Statement' ? 'client' : 'server');
    const names = from === 'client' ? ['Statement', ...messageNames(from)] : messageNames(from);
    if (!names.includes(message)) {
      throw new ConfigError([
        `cutAfter: the ${from} sends no message called ${JSON.stringify(message)}; expected one of ${names.join(', ')}`,
      ]);
    }
    return this.proxy.cutAfter({ ...cut, from, message });
  }

  close(): Promise<void> {
    return this.proxy.dispose();
  }

  private needMessages(method: string): void {
    if (this.noMessages !== undefined) throw new ConfigError([`${method}: ${this.noMessages}`]);
  }
}
