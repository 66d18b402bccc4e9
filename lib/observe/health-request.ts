/**
 * What a health endpoint answers, apart from any web framework: a plain request in, a plain answer out.
 *
 * GET and HEAD: 200 or 503. POST, and GET with ?reconnect=true: a reconnect, only where `authorize` says yes, one at a
 * time, at a limited rate. `/live`: the process turns. `/ready`: the database is reachable, as far as is known; asks
 * nobody.
 */
import { messageOf } from '../host/log';
import type { ConnectionStats } from './connection-stats';
import { type Answer, isAllowed, targetOf } from './exchange';
import type { HealthResult } from '../events';

/** The part of a ResilientPrismaClient that the endpoint uses. */
export interface HealthSource {
  healthCheck(): Promise<HealthResult>;
  reconnect(): Promise<void>;
  isConnected(): boolean;
  getConnectionStats(): ConnectionStats;
}

export interface ReconnectPermission<Request> {
  /**
   * Whether this request may force a reconnect. Throwing or rejecting means no. Compare secrets in constant time, and
   * remember that a GET can be sent by any page a user's browser shows.
   */
  authorize(request: Request): boolean | Promise<boolean>;
  /** Forced reconnects are never closer together than this many ms. Default 10000. */
  minIntervalMs?: number;
}

export interface HealthHandlerOptions<Request> {
  /** Without it nobody can force a reconnect. */
  reconnect?: ReconnectPermission<Request>;
  /**
   * Who is told more than status, message and time: latency, memory, counts, and the error's text, which may name user,
   * database and host. `true`: everybody. Throwing or rejecting means no. Default: nobody.
   */
  details?: boolean | ((request: Request) => boolean | Promise<boolean>);
}

interface PlainRequest<Request> {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly original: Request;
}

const kAllowed = 'GET, HEAD, POST';
const kMinIntervalMs = 10_000;

export class HealthEndpoint<Request> {
  private checking: Promise<HealthResult> | undefined;
  private reconnecting: Promise<void> | undefined;
  private lastReconnect = -Infinity;

  constructor(
    private readonly source: HealthSource,
    private readonly options: HealthHandlerOptions<Request>,
  ) {}

  async answer(request: PlainRequest<Request>): Promise<Answer> {
    const { method } = request;
    const target = targetOf({ url: request.target });
    if (!(target instanceof URL)) return this.plain(target.status, target.reason);
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      return this.plain(405, `use ${kAllowed}`, { allow: kAllowed });
    }
    const path = target.pathname.replace(/\/+$/, '');
    if (path.endsWith('/live')) return this.plain(200, 'the process is alive');
    if (path.endsWith('/ready')) return this.ready(request);
    if (method === 'POST' || (method === 'GET' && target.searchParams.get('reconnect') === 'true')) {
      return this.reconnect(request);
    }
    return this.health(request);
  }

  private async health(request: PlainRequest<Request>): Promise<Answer> {
    // However many probes of however many load balancers ask: one question to the database at a time.
    this.checking ??= inFlight(
      () => this.source.healthCheck(),
      () => (this.checking = undefined),
    );
    const result = await this.checking;
    const ok = result.status !== 'unhealthy';
    const message = ok ? `the database answers (${result.status})` : 'the database does not answer';
    return this.detailed(request, ok ? 200 : 503, message, () => {
      const { error, ...health } = result;
      return { ...(error === undefined ? {} : { error }), health, connection: this.connection() };
    });
  }

  private ready(request: PlainRequest<Request>): Promise<Answer> {
    const ready = this.source.isConnected();
    const details = () => ({ connection: this.connection() });
    return this.detailed(request, ready ? 200 : 503, ready ? 'ready' : 'not ready', details);
  }

  private async reconnect(request: PlainRequest<Request>): Promise<Answer> {
    const { original } = request;
    const permission = this.options.reconnect;
    if (!permission) return this.plain(403, 'reconnecting is not enabled on this endpoint');
    if (!(await isAllowed((asked: Request) => permission.authorize(asked), original))) {
      return this.plain(403, 'not authorized to reconnect');
    }
    // From here to the promise nothing is awaited: of any number of requests one begins a reconnect.
    if (!this.reconnecting) {
      const wait = this.lastReconnect + (permission.minIntervalMs ?? kMinIntervalMs) - performance.now();
      if (wait > 0) {
        const seconds = String(Math.ceil(wait / 1000));
        return this.plain(429, `try again in ${seconds} s`, { 'retry-after': seconds });
      }
      this.lastReconnect = performance.now();
      this.reconnecting = inFlight(
        () => this.source.reconnect(),
        () => (this.reconnecting = undefined),
      );
    }
    try {
      await this.reconnecting;
    } catch (thrown) {
      const details = () => ({ error: messageOf(thrown), connection: this.connection() });
      return this.detailed(request, 503, 'reconnecting failed', details);
    }
    return this.detailed(request, 200, 'reconnected', () => ({ connection: this.connection() }));
  }

  private connection(): Pick<ConnectionStats, 'state' | 'uptime' | 'totalReconnects' | 'totalHardResets' | 'parked'> {
    const { state, uptime, totalReconnects, totalHardResets, parked } = this.source.getConnectionStats();
    return { state, uptime: Math.round(uptime), totalReconnects, totalHardResets, parked };
  }

  private async detailed(
    { original }: PlainRequest<Request>,
    status: number,
    message: string,
    details: () => object,
  ): Promise<Answer> {
    const { details: whom = false } = this.options;
    const isShown = typeof whom === 'function' ? await isAllowed(whom, original) : whom === true;
    return this.respond(status, message, isShown ? details() : {});
  }

  private plain(status: number, message: string, headers: Record<string, string> = {}): Answer {
    return this.respond(status, message, {}, headers);
  }

  private respond(status: number, message: string, details: object, headers: Record<string, string> = {}): Answer {
    const body = JSON.stringify({
      status: status < 400 ? 'success' : 'error',
      message,
      timestamp: new Date().toISOString(),
      ...details,
    });
    return {
      status,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        ...headers,
      },
      body,
    };
  }
}

/** One run for all who ask meanwhile; `over` is called once it has settled. */
function inFlight<T>(run: () => Promise<T>, over: () => void): Promise<T> {
  return (async () => run())().finally(over);
}
