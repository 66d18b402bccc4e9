/** One thing to do with a client. It is done with a bare one and through ours, and what was seen must be the same. */

/**
 * The scenarios are run with clients of three majors of Prisma, whose types differ; the types have tests of their own.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyClient = any;

export interface ClientOptions {
  readonly errorFormat?: 'pretty' | 'colorless' | 'minimal';
  readonly omit?: object;
  readonly transactionOptions?: object;
  readonly log?: readonly object[];
  /** In the factory, around the new client: clients that are extended from the start. */
  readonly extend?: (client: AnyClient) => AnyClient;
}

export interface Stage {
  readonly prisma: AnyClient;
  /** The generated client's module: Prisma, PrismaClient, enums. */
  readonly module: AnyClient;
  /** Here the client may be replaced beneath the scenario: between the making and the awaiting of a promise. */
  between(): Promise<void>;
  /** Part of what is compared, in this order. */
  note(...values: unknown[]): void;
  /** Runs `action` and notes what it returns, resolves with, throws or rejects with. */
  attempt(action: () => unknown): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly options?: ClientOptions;
  /** Versions of Prisma that lack what this is about, and what they lack. */
  readonly lacking?: Readonly<Partial<Record<'5' | '6' | '7', string>>>;
  /** Why it means nothing for a database other than PostgreSQL. */
  readonly onlyPostgres?: string;
  /** Databases that cannot do what this is about, and why. */
  readonly lackingOn?: Readonly<Partial<Record<'mysql' | 'sqlite', string>>>;
  /** Its statements run side by side on several connections: the order in which the server gets them is not fixed. */
  readonly unordered?: boolean;
  /** Rejections that nobody handles, on a bare client too. Default 0. */
  readonly strayRejections?: number;
  run(stage: Stage): unknown;
}
