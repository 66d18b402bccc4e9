/**
 * once(): work that is done exactly once for its key, by whichever process. The work's writes and the key's row commit
 * together, so whoever comes later, or again because an answer was lost, finds the row and what the work has answered.
 */
import { ConfigError, KeyReusedError, ResultError } from '../errors';
import { checkTableName } from '../tables/table-name';
import { Check } from '../argument-check';
import { judgeCall } from './judge';
import { native } from '../native';
import { type Kept, OnceTable, type OnceProvider, type RawClient } from './once-table';
import { retrying } from './retry';

export interface OnceOptions {
  /** How long the key stands for its result, in ms. After that it may be used anew. */
  ttlMs: number;
  /**
   * What the work depends on besides its key, a hash of a request's body for one. The same key with another fingerprint is
   * refused with a KeyReusedError.
   */
  fingerprint?: string;
  /** For all of it, other processes' work that is waited for included. Default: `reconnect.deadline`. */
  timeoutMs?: number;
  /** Default 'resilience_once': `npx prisma-resilient marks` prints its migration. */
  table?: string;
}

/** What JSON makes of a value: that is what once() answers, the first time as well as later. */
export type Stored<T> = T extends { toJSON(): infer Json }
  ? Stored<Json>
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends bigint | symbol | ((...args: never[]) => unknown)
      ? never
      : T extends readonly (infer Item)[]
        ? Stored<Item>[]
        : T extends object
          ? { [Name in keyof T]: Stored<T[Name]> }
          : T;

/** The client inside of a transaction. */
export type TransactionOf<Client> = Omit<
  Client,
  '$connect' | '$disconnect' | '$on' | '$transaction' | '$use' | '$extends'
>;

export type OnceFunction<Client, T> = (tx: TransactionOf<Client>) => PromiseLike<T> | T;

interface TransactionClient {
  readonly _activeProvider?: unknown;
  $transaction<T>(work: (tx: RawClient) => Promise<T>, options: { timeout: number; maxWait: number }): Promise<T>;
}

const kDefaultTable = 'resilience_once';
const kLongestKey = 255;
const kMostRetries = 1000;
/** One call in so many looks for keys that are over. */
const kSweepEvery = 50;

interface Running {
  readonly fingerprint: string | undefined;
  readonly result: Promise<unknown>;
}

export class Once {
  private readonly running = new Map<string, Running>();
  private calls = 0;

  constructor(
    private readonly client: object,
    private readonly deadlineMs: number,
    private readonly backoff: { initialDelay: number; maxDelay: number },
  ) {}

  async run<Client, T>(
    key: string,
    work: OnceFunction<Client, T>,
    options: OnceOptions | undefined,
  ): Promise<Stored<T>> {
    check(key, work, options);
    const { fingerprint, table = kDefaultTable } = options;
    const place = `${table}\0${key}`;
    const earlier = this.running.get(place);
    // One place in the pool is enough for all who ask for the same in this process.
    if (earlier) {
      if (differ(earlier.fingerprint, fingerprint)) throw reused(key);
      return copied(await earlier.result) as Stored<T>;
    }
    const result = this.untilDone(key, work as OnceFunction<unknown, T>, table, options);
    this.running.set(place, { fingerprint, result });
    try {
      return (await result) as Stored<T>;
    } finally {
      this.running.delete(place);
    }
  }

  /** Again after each failure that another run may mend: what was committed is found by its key, and not done again. */
  private untilDone<T>(
    key: string,
    work: OnceFunction<unknown, T>,
    table: string,
    { fingerprint, timeoutMs = this.deadlineMs, ttlMs }: OnceOptions,
  ): Promise<unknown> {
    const { client, backoff } = this;
    const deadlineAt = performance.now() + timeoutMs;
    const rows = new OnceTable(providerOf(client), checkTableName('once: table', table));
    this.sweepNowAndThen(rows);
    const attempt = (): Promise<unknown> => {
      const left = Math.max(1, Math.ceil(deadlineAt - performance.now()));
      return (client as TransactionClient).$transaction(
        async (tx) => {
          const claim = { key, fingerprint: fingerprint ?? null, ttlMs };
          if (!(await rows.claim(tx, claim).catch((error: unknown) => explain(error, table)))) {
            return answer(key, fingerprint, await rows.read(tx, key));
          }
          const json = serialized(await work(tx));
          await rows.keep(tx, key, json);
          return parsed(json);
        },
        { timeout: left, maxWait: left },
      );
    };
    return retrying(attempt, {
      schedule: new native.NativeRetrySchedule(
        {
          maxRetries: kMostRetries,
          firstAtOnce: true,
          initialDelayMs: backoff.initialDelay,
          maxDelayMs: backoff.maxDelay,
          backoff: 'exponential',
          jitter: 'full',
        },
        Math.floor(Math.random() * Number.MAX_SAFE_INTEGER),
      ),
      timeoutMs: undefined,
      deadlineAt,
      signal: undefined,
      worthAnotherTry: (error) => judgeCall(error, 'read', false).again,
    });
  }

  private sweepNowAndThen(rows: OnceTable): void {
    this.calls += 1;
    if (this.calls % kSweepEvery === 0) rows.sweep(this.client as RawClient).catch(() => undefined);
  }
}

function check(key: unknown, work: unknown, options: OnceOptions | undefined): asserts options is OnceOptions {
  const { fingerprint, timeoutMs, ttlMs } = options ?? ({} as Partial<OnceOptions>);
  const isKey = typeof key === 'string' && key.length > 0 && key.length <= kLongestKey && !key.includes('\0');
  new Check('once')
    .that(isKey, 'key', `a text of 1 to ${kLongestKey} characters (hash what is longer)`, describe(key))
    .that(typeof work === 'function', 'fn', 'a function', work)
    .that(typeof ttlMs === 'number' && ttlMs > 0 && Number.isFinite(ttlMs), 'ttlMs', 'milliseconds above 0', ttlMs)
    .that(
      fingerprint === undefined || (typeof fingerprint === 'string' && fingerprint.length <= kLongestKey),
      'fingerprint',
      `a text of at most ${kLongestKey} characters (a hash)`,
      describe(fingerprint),
    )
    .duration('timeoutMs', timeoutMs, 1)
    .done();
}

/** Missing, of another shape, or not for this role: PostgreSQL, MySQL and MariaDB, SQLite. */
const kNoTable = /\b(42P01|42703|42501|1146|1054|1142)\b|does not exist|no such (table|column)/;

function explain(error: unknown, table: string): never {
  const { message = '' } = error as { message?: string };
  if (!kNoTable.test(message) && !/^P20(21|22)$/.test(String((error as { code?: unknown }).code))) throw error;
  throw new ConfigError([
    `once: there is no table ${table} that this role can use. Run what \`npx prisma-resilient marks\` prints, in the ` +
      'database and as the role that the application uses',
  ]);
}

/** A text's length says what is wrong with it; the text itself may be a secret. */
function describe(value: unknown): unknown {
  return typeof value === 'string' ? value.length : value;
}

function providerOf(client: object): OnceProvider {
  const { _activeProvider: provider } = client as TransactionClient;
  if (provider === 'postgresql' || provider === 'mysql' || provider === 'sqlite') return provider;
  if (provider === 'cockroachdb') return 'postgresql';
  throw new ConfigError([
    `once: expected PostgreSQL, MySQL, MariaDB or SQLite, got ${typeof provider === 'string' ? provider : 'a client that does not say'}`,
  ]);
}

function answer(key: string, fingerprint: string | undefined, kept: Kept | undefined): unknown {
  if (differ(kept?.fingerprint, fingerprint)) throw reused(key);
  return parsed(kept?.result ?? '{}');
}

function differ(one: string | null | undefined, other: string | null | undefined): boolean {
  return typeof one === 'string' && typeof other === 'string' && one !== other;
}

function reused(key: string): KeyReusedError {
  return new KeyReusedError(
    `once: the key ${JSON.stringify(key)} stands for other work: it was used with another fingerprint. ` +
      'Give each piece of work a key of its own.',
  );
}

function serialized(value: unknown): string {
  try {
    // JSON has no undefined: the property is then missing.
    return JSON.stringify({ value });
  } catch (cause) {
    throw new ResultError(
      `once: the result cannot be kept as JSON (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Nothing was committed. Return what the caller needs, as text, numbers, arrays and objects.',
      { cause },
    );
  }
}

function parsed(json: string): unknown {
  return (JSON.parse(json) as { value?: unknown }).value;
}

/** What one caller changes in it is not another's. */
function copied(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
