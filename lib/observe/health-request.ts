/**
 * What a health endpoint answers, apart from any web framework: a plain request in, a plain answer out.
 *
 * GET and HEAD: 200 or 503. POST, and GET with ?reconnect=true: a reconnect, only where `authorize` says yes, one at a
 * time, at a limited rate. `/live`: the process turns. `/ready`: the database is reachable, as far as is known; asks
 * nobody.
 */
import { messageOf } from '../host/log';
import type { ConnectionStats } from '../resilient-client';
import type { HealthResult } from './health';

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
}

export interface PlainRequest<Request> {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly original: Request;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** '' for HEAD. */
  readonly body: string;
}

const kAllowed = 'GET, HEAD, POST';
const kMinIntervalMs = 10_000;
/** A target longer than this asks for nothing that is here. */
const kLongestTarget = 2048;

export class HealthEndpoint<Request> {
  private checking: Promise<HealthResult> | undefined;
  private reconnecting: Promise<void> | undefined;
  private lastReconnect = -Infinity;

  constructor(
    private readonly source: HealthSource,
    private readonly options: HealthHandlerOptions<Request>,
  ) {}

  async answer(request: PlainRequest<Request>): Promise<PlainAnswer> {
    const { method, target } = request;
    if (target.length > kLongestTarget) return this.plain(414, method, 'the request target is too long');
    const url = parse(target);
    if (!url) return this.plain(400, method, 'the request target is malformed');
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      return this.plain(405, method, `use ${kAllowed}`, { allow: kAllowed });
    }
    const path = url.pathname.replace(/\/+$/, '');
    if (path.endsWith('/live')) return this.plain(200, method, 'the process is alive');
    if (path.endsWith('/ready')) return this.ready(method);
    if (method === 'POST' || (method === 'GET' && url.searchParams.get('reconnect') === 'true')) {
      return this.reconnect(request);
    }
    return this.health(method);
  }

  private async health(method: string): Promise<PlainAnswer> {
    // However many probes of however many load balancers ask: one question to the database at a time.
    this.checking ??= this.source.healthCheck().finally(() => (this.checking = undefined));
    const result = await this.checking;
    const ok = result.status !== 'unhealthy';
    const { error, ...rest } = result;
    const message = ok ? `the database answers (${result.status})` : 'the database does not answer';
    return this.respond(ok ? 200 : 503, method, message, {
      ...(error === undefined ? {} : { error }),
      health: rest,
      connection: this.connection(),
    });
  }

  private ready(method: string): PlainAnswer {
    const ready = this.source.isConnected();
    return this.respond(ready ? 200 : 503, method, ready ? 'ready' : 'not ready', { connection: this.connection() });
  }

  private async reconnect({ method, original }: PlainRequest<Request>): Promise<PlainAnswer> {
    const permission = this.options.reconnect;
    if (!permission) return this.plain(403, method, 'reconnecting is not enabled on this endpoint');
    if (!(await isAuthorized(permission, original))) return this.plain(403, method, 'not authorized to reconnect');
    if (!this.reconnecting) {
      const wait = this.lastReconnect + (permission.minIntervalMs ?? kMinIntervalMs) - performance.now();
      if (wait > 0) {
        const seconds = String(Math.ceil(wait / 1000));
        return this.plain(429, method, `try again in ${seconds} s`, { 'retry-after': seconds });
      }
      this.lastReconnect = performance.now();
      this.reconnecting = this.source.reconnect().finally(() => (this.reconnecting = undefined));
    }
    try {
      await this.reconnecting;
      return this.respond(200, method, 'reconnected', { connection: this.connection() });
    } catch (error) {
      return this.respond(503, method, 'reconnecting failed', {
        error: messageOf(error),
        connection: this.connection(),
      });
    }
  }

  private connection(): Pick<ConnectionStats, 'state' | 'uptime' | 'totalReconnects' | 'totalHardResets' | 'parked'> {
    const { state, uptime, totalReconnects, totalHardResets, parked } = this.source.getConnectionStats();
    return { state, uptime: Math.round(uptime), totalReconnects, totalHardResets, parked };
  }

  private plain(status: number, method: string, message: string, headers: Record<string, string> = {}): PlainAnswer {
    return this.respond(status, method, message, {}, headers);
  }

  private respond(
    status: number,
    method: string,
    message: string,
    details: object,
    headers: Record<string, string> = {},
  ): PlainAnswer {
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
      body: method === 'HEAD' ? '' : body,
    };
  }
}

function parse(target: string): URL | undefined {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    return undefined;
  }
}

async function isAuthorized<Request>(permission: ReconnectPermission<Request>, request: Request): Promise<boolean> {
  try {
    return (await permission.authorize(request)) === true;
  } catch {
    return false;
  }
}
