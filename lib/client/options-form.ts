/**
 * The options form: `new ResilientPrismaClient({ client: PrismaClient, adapter, resilient: config })`. The options of
 * PrismaClient and ours in one object, from which each client is made.
 */
import { ConfigError } from '../errors';
import type { ResilientConfig } from '../options';

type Constructor = new (options: never) => object;

/** What the options form takes besides all options of PrismaClient. */
export interface OptionsForm<Client = unknown> {
  /** The generated PrismaClient. Default: that of @prisma/client. */
  readonly client?: new (options: never) => Client;
  /**
   * A driver adapter, or a function that makes one. A function is called for each client, and is what it takes where
   * the adapter is made from a pool of your own.
   */
  readonly adapter?: unknown;
  readonly resilient?: ResilientConfig;
}

/** What the factory of the options form needs of its context. */
interface Context {
  guard<Adapter>(adapter: Adapter): Adapter;
}

/** What `options` holds, read once. */
interface ReadOptions {
  readonly factory: (context: Context) => object;
  readonly config: ResilientConfig | undefined;
}

/** The factory makes clients from `options`. Throws a ConfigError for options that can make only one. */
export function readOptions(options: OptionsForm): ReadOptions {
  // Copied first: for `...rest`, a getter is asked once more.
  const { client, adapter, resilient, ...rest } = { ...options };
  const Client = (client ?? installedClient()) as Constructor;
  checkOptions(Client, adapter);
  const factory = (context: Context): object => {
    const made = adapter === undefined ? {} : { adapter: newAdapter(adapter, context) };
    return new Client({ ...rest, ...made } as never);
  };
  return { factory, config: resilient };
}

function checkOptions(Client: unknown, adapter: unknown): void {
  const problems: string[] = [];
  if (typeof Client !== 'function') problems.push('client: expected the class PrismaClient');
  if (isFactory(adapter) && hasPool(adapter)) {
    problems.push(
      'adapter: was made from a pool, so that only one client can use it. Give a function: () => new PrismaPg(new Pool(…))',
    );
  } else if (adapter !== undefined && typeof adapter !== 'function' && !isFactory(adapter)) {
    problems.push(
      'adapter: expected a driver adapter that makes its own connections, or a function that makes one for each client: ' +
        '() => new PrismaPg(new Pool(…))',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

interface AdapterFactory {
  connect(): unknown;
  readonly provider: string;
}

function isFactory(adapter: unknown): adapter is AdapterFactory {
  const { connect, provider } = (adapter ?? {}) as Partial<AdapterFactory>;
  return typeof connect === 'function' && typeof provider === 'string';
}

function hasPool(adapter: object): boolean {
  const { externalPool } = adapter as { externalPool?: unknown };
  return externalPool !== undefined && externalPool !== null;
}

function newAdapter(adapter: unknown, { guard }: Context): unknown {
  const made: unknown = typeof adapter === 'function' ? adapter() : adapter;
  if (!isFactory(made)) return made; // Prisma 5: a connected adapter, beneath which nothing can be put
  return guard(typeof adapter === 'function' ? made : anotherView(made));
}

/** The same adapter as an object of its own: it makes new connections for each client, and each must have one. */
function anotherView(adapter: AdapterFactory): AdapterFactory {
  return new Proxy(adapter, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function installedClient(): unknown {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require('@prisma/client') as { PrismaClient?: unknown }).PrismaClient;
  } catch (cause) {
    const error = new ConfigError([
      'client: @prisma/client cannot be loaded. Run `prisma generate`, or give your generated PrismaClient as `client`',
    ]);
    Object.defineProperty(error, 'cause', { value: cause, configurable: true });
    throw error;
  }
}
