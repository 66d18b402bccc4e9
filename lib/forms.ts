/** The public constructor, typed for each form that it comes in, and the extension. */
import { ExtendedClient } from './client/source';
import type { OptionsForm } from './client/options-form';
import type { ClientFactory } from './host/generations';
import type { PrismaClientLike, ResilientConfig } from './options';
import { ResilientPrismaClient as Resilient } from './resilient-client';

export type ResilientPrismaClient<Client extends PrismaClientLike = PrismaClientLike> = Resilient<Client>;

/** What the options form constructs: the client, and this package's names where the client has none of its own. */
export type ResilientClient<Client extends PrismaClientLike> = Client &
  Omit<Resilient<Client>, keyof Client> & { readonly $resilience: Resilient<Client> };

type Constructor = new (options: never) => PrismaClientLike;

/** Options of `Client`, and ours; `adapter` may be a function that makes one for each client. */
export type ResilientOptions<Client extends Constructor> = {
  readonly client: Client;
  readonly resilient?: ResilientConfig;
} & WithAdapterFunction<ConstructorParameters<Client>[0]>;

type WithAdapterFunction<Options> = Options extends { adapter?: infer Adapter }
  ? Omit<Options, 'adapter'> & { readonly adapter: Adapter | (() => Adapter) }
  : Options;

type LogOption = 'info' | 'query' | 'warn' | 'error';
type Log = (LogOption | { level: LogOption; emit: 'stdout' | 'event' })[];
interface Transactions {
  maxWait?: number;
  timeout?: number;
  isolationLevel?: 'ReadUncommitted' | 'ReadCommitted' | 'RepeatableRead' | 'Snapshot' | 'Serializable';
}
interface Commenter {
  /** Prisma's SqlCommenterPlugin. A method, so that one that is typed by Prisma, with more in its context, will do. */
  comment(context: {
    readonly query: { readonly type: 'single' | 'compacted'; readonly modelName?: string; readonly action: string };
    readonly sql?: string;
  }): { readonly [tag: string]: string | undefined };
}
type GlobalOmit = { readonly [model: string]: { readonly [field: string]: boolean } | undefined };

/**
 * The options as the class sees them, without those that were not given: it says itself what it takes. They are one type
 * parameter each, and the class is a plain constructor of them, because TypeScript infers a generic class's arguments
 * from other properties of the same object only so, and from that object as a whole never.
 */
type Given<Options> = { [Key in keyof Options as Options[Key] extends undefined ? never : Key]: Options[Key] };

export interface ResilientPrismaClientConstructor {
  /** With a factory, which is called for each client, or with a ready-made client, which cannot be replaced. */
  new <Client extends PrismaClientLike>(
    source: ClientFactory<Client> | Client,
    config?: ResilientConfig,
  ): Resilient<Client>;
  /**
   * With options of PrismaClient and ours in one: what is constructed answers like a client itself, and is typed as
   * `new PrismaClient(…)` with these options is, `omit` and `log` included.
   */
  new <
    Client extends PrismaClientLike,
    Adapter = undefined,
    Omits extends GlobalOmit | undefined = undefined,
    Logs extends Log | undefined = undefined,
    Format extends 'pretty' | 'colorless' | 'minimal' | undefined = undefined,
    Limits extends Transactions | undefined = undefined,
    Datasources = undefined,
    DatasourceUrl extends string | undefined = undefined,
  >(options: {
    readonly client: new (
      options: Given<{
        adapter: Adapter;
        omit: Omits;
        log: Logs;
        errorFormat: Format;
        transactionOptions: Limits;
        datasources: Datasources;
        datasourceUrl: DatasourceUrl;
      }>,
    ) => Client;
    readonly resilient?: ResilientConfig;
    readonly adapter?: Adapter | (() => Adapter);
    readonly omit?: Omits;
    readonly log?: Logs;
    readonly errorFormat?: Format;
    readonly transactionOptions?: Limits;
    readonly comments?: Commenter['comment'][];
    readonly datasources?: Datasources;
    readonly datasourceUrl?: DatasourceUrl;
  }): ResilientClient<Client>;
  /** The same with the client of @prisma/client, typed by hand: `new ResilientPrismaClient<PrismaClient>({ adapter })`. */
  new <Client extends PrismaClientLike>(
    options: Omit<OptionsForm, 'client'> & {
      readonly [option: string]: unknown;
      readonly client?: undefined;
      // Half a client is no option.
      readonly $connect?: undefined;
    },
  ): ResilientClient<Client>;
  readonly prototype: Resilient<PrismaClientLike>;
}

export const ResilientPrismaClient = Resilient as unknown as ResilientPrismaClientConstructor;

/** What `$extends(resilientExtension())` adds to a client. */
interface Added {
  readonly $extends: {
    readonly extArgs: {
      // Nothing is added to these; Prisma wants objects.
      result: Record<never, never>;
      model: Record<never, never>;
      query: Record<never, never>;
      client: { $resilience: () => Resilient<PrismaClientLike> };
    };
  };
}

/**
 * For those who must keep their own client: `new PrismaClient({ adapter }).$extends(resilientExtension(config))`. Retries
 * (of operations and of whole transactions, never of a statement inside one), waits for the database and counts; it
 * cannot replace the client. What else there is, `shutdown()` among it, is at `$resilience` of the extended client.
 */
export function resilientExtension(config?: ResilientConfig): (client: PrismaClientLike) => Added {
  return (client) => new Resilient(new ExtendedClient(client), config) as unknown as Added;
}
