/** Which database a client talks to, in the words of OpenTelemetry's conventions. */
import { internalsOf } from '../client/internals';
import type { ClientLike } from '../contracts/operation';
import type { FactoryCalls } from './factory-calls';
import type { Generations } from './generations';
import { connectionOf, placeOf, placeOfUrl } from './probe-target';

export interface DatabaseName {
  /** `db.system.name`: 'postgresql', 'mysql', 'sqlite', 'microsoft.sql_server', … */
  readonly system: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** `db.namespace`: the database, and with PostgreSQL `database|schema` where a schema is named. */
  readonly namespace: string | undefined;
  /** Of models that are not called as their tables are. */
  readonly tables: Readonly<Record<string, string>>;
}

/** What Prisma calls otherwise. */
const kSystems: Readonly<Record<string, string>> = { sqlserver: 'microsoft.sql_server', postgres: 'postgresql' };
const kPorts: Readonly<Record<string, number>> = { postgresql: 5432, cockroachdb: 26257, mysql: 3306 };

export class DatabaseIdentity {
  private known: { readonly client: ClientLike; readonly name: DatabaseName } | undefined;

  constructor(
    private readonly generations: Generations,
    private readonly calls: FactoryCalls,
  ) {}

  /** undefined: there is no client yet. */
  name(): DatabaseName | undefined {
    const client = this.generations.current?.client;
    if (client === undefined) return undefined;
    if (this.known?.client !== client) this.known = { client, name: this.nameOf(client) };
    return this.known.name;
  }

  private nameOf(client: ClientLike): DatabaseName {
    const { _activeProvider: provider, _runtimeDataModel: model } = internalsOf(client);
    const system = provider === undefined ? 'other_sql' : (kSystems[provider] ?? provider);
    const { adapter } = this.calls.database();
    const connection = connectionOf(adapter);
    const url = connection?.connectionString ?? (connection ? undefined : urlOf(client));
    const place = typeof url === 'string' ? placeOfUrl(url) : placeOf(connection);
    const schema = (adapter as { options?: { schema?: unknown } } | undefined)?.options?.schema;
    const namespace = typeof schema === 'string' && place.database ? `${place.database}|${schema}` : place.database;
    const port = place.port === undefined ? undefined : Number(place.port);
    return {
      system,
      host: place.host,
      port: port ?? (place.host ? kPorts[system] : undefined),
      namespace,
      tables: tablesOf(model),
    };
  }
}

/** The connection string that Prisma's own engine goes by. */
function urlOf(client: ClientLike): unknown {
  const { overrideDatasources } = internalsOf(client)._engineConfig ?? {};
  const [source] = Object.values(overrideDatasources ?? {}) as ({ url?: unknown } | null)[];
  return source?.url ?? process.env.DATABASE_URL;
}

function tablesOf(model: { readonly models?: object } | undefined): Record<string, string> {
  const tables: Record<string, string> = {};
  for (const [name, { dbName }] of Object.entries<{ dbName?: unknown }>((model?.models ?? {}) as never)) {
    if (typeof dbName === 'string' && dbName !== name) tables[name] = dbName;
  }
  return tables;
}
