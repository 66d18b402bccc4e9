/** What each call of the client's factory is told, and what its calls tell of the database. */
import type { SqlDriverAdapterFactory } from '../adapter/driver-adapter';
import { learnSecretsOf } from '../adapter/connection-secrets';
import { createGuard } from '../adapter/guard';
import { LateGuard } from '../adapter/late-guard';
import { setPoolDefaults } from '../adapter/pool-defaults';
import { UsedAdapters } from '../adapter/used-adapters';
import { internalsOf } from '../client/internals';
import { redirected } from '../connection-url';
import type { ClientLike } from '../contracts/operation';
import type { Endpoint } from '../events';
import type { ProbeResult, ReplaceReason } from '../native';
import { learnSecrets } from '../redaction';
import type { Beneath, FactoryCall, FactoryContext } from './generations';
import type { BeneathPrisma } from './guard-host';
import type { Log } from './log';
import { type KnownDatabase, type SeveralHosts, severalHosts } from './probe-target';

export class FactoryCalls {
  /** The server that the probe has found last; undefined before that. */
  endpoint: Endpoint | undefined;
  private readonly severalHosts: SeveralHosts | undefined;
  private readonly used = new UsedAdapters();
  private guardedAdapter: unknown = undefined;
  private clientAdapter: unknown = undefined;
  private hasClient = false;

  constructor(
    probeUrl: string | false | undefined,
    private readonly makeBeneath: () => BeneathPrisma,
    private readonly log: Log,
  ) {
    this.severalHosts = severalHosts(probeUrl);
  }

  /** `host:port` that the first client is told, where a URL with several hosts was given. */
  get firstHost(): string | undefined {
    const [first] = this.severalHosts?.hosts ?? [];
    return first && `${first.host}:${first.port}`;
  }

  begin(reason: ReplaceReason, generation: number): FactoryCall {
    let beneath: Beneath | undefined;
    const mine = new Set<SqlDriverAdapterFactory>();
    const guard = (adapter: SqlDriverAdapterFactory): SqlDriverAdapterFactory => {
      if (mine.has(adapter)) return adapter;
      learnSecretsOf(adapter);
      beneath ??= this.newBeneath();
      const guarded = beneath.guard.wrap(adapter);
      mine.add(guarded);
      const set = setPoolDefaults(adapter);
      if (set.length > 0) this.log.debug(`adapter: its pool lacked, and has now: ${set.join(', ')}`);
      this.used.claim(adapter, generation);
      this.guardedAdapter = adapter;
      return guarded;
    };
    const context: FactoryContext = {
      reason,
      generation,
      ...(this.severalHosts && {
        endpoint: this.endpoint,
        connectionString: redirected(this.severalHosts.url, this.endpoint ?? this.severalHosts.hosts[0]!),
      }),
      guard: (adapterFactory) => {
        const adapter = adapterFactory instanceof LateGuard ? adapterFactory.factory : adapterFactory;
        return guard(adapter as SqlDriverAdapterFactory) as typeof adapterFactory;
      },
    };
    const checkAdapter = (client: ClientLike): void => {
      const adapter = adapterOf(client);
      if (adapter instanceof LateGuard) this.sayTooLate(adapter.guardWith(guard));
      learnSecretsOf(adapter);
      for (const url of urlsOf(client)) learnSecrets(url);
      this.hasClient = true;
      this.clientAdapter = adapter;
      if (adapter) this.used.claim(adapter, generation);
    };
    return { context, checkAdapter, beneath: () => beneath };
  }

  /** What the factory's latest call shows of the database. */
  database(): KnownDatabase {
    return {
      guardedAdapter: this.guardedAdapter,
      adapter: this.guardedAdapter ?? this.clientAdapter,
      complete: this.hasClient,
    };
  }

  probed({ host, port, role }: ProbeResult): void {
    if (host !== '' && role !== 'unknown') this.endpoint = { host, port, role };
  }

  private sayTooLate(why: ReturnType<LateGuard['guardWith']>): void {
    if (why === 'connected') {
      this.log.warn(
        'guardAdapter: this client has connected already, and is served without the guard: hand it over before its first query',
      );
    } else if (why === 'handed over') {
      this.log.warn(
        'guardAdapter: this client was handed over before, and its guard serves that one: it is served here without one. ' +
          'Share the one resilient client, or make a PrismaClient for each',
      );
    }
  }

  private newBeneath(): Beneath {
    const host = this.makeBeneath();
    return { guard: createGuard(host), host };
  }
}

/** As Prisma keeps what it was given; undefined without a driver adapter. */
function adapterOf(client: ClientLike): SqlDriverAdapterFactory | undefined {
  return (internalsOf(client)._engineConfig?.adapter as SqlDriverAdapterFactory | null | undefined) ?? undefined;
}

/** The connection strings that Prisma 5 and 6 were given in code. */
function urlsOf(client: ClientLike): unknown[] {
  const { overrideDatasources } = internalsOf(client)._engineConfig ?? {};
  return Object.values(overrideDatasources ?? {}).map((source) => (source as { url?: unknown } | null)?.url);
}
