/** Plays a scenario and records all that can be seen of it: results, errors, SQL, log events, stray rejections. */
import { AsyncResource } from 'node:async_hooks';
import { runInThisContext } from 'node:vm';
import type { FactoryContext } from '../../../lib';
import type { Provider } from '../errors/prisma-version';
import type { AnyClient, ClientOptions, Scenario, Stage } from './scenario';
import { snapshot } from './snapshot';
import type { Cast } from './subject';

/** When the client beneath is replaced. */
export type Timing = 'never' | 'before' | 'between' | 'during';

/** A database and a generated client to play with. */
export interface Theatre {
  /** The generated client's module. */
  readonly module: AnyClient;
  readonly provider: Provider;
  readonly major: '5' | '6' | '7';
  makeClient(options: ClientOptions, context?: FactoryContext): AnyClient;
  /** The same rows before each play. */
  resetRows(): Promise<void>;
}

export interface Recording {
  readonly notes: readonly unknown[];
  readonly result: unknown;
  /** Statements with their parameters, in the order the server got them where that is fixed. */
  readonly sql: readonly string[];
  readonly strayRejections: readonly unknown[];
}

/** What the package itself sends to see whether the database answers. */
const kPing = /^SELECT 1( \/\*.*)?$/;
/** Of a play with resets `during` it. */
const kMaxResets = 3;

export async function play(theatre: Theatre, scenario: Scenario, cast: Cast, timing: Timing): Promise<Recording> {
  await theatre.resetRows();
  const sql: string[] = [];
  const notes: unknown[] = [];
  const strayRejections: unknown[] = [];
  const resets: Promise<void>[] = [];
  let playing = false;
  // Not in the asynchronous context of the statement that gave the occasion.
  const resetMeanwhile = AsyncResource.bind(() => resets.push(subject.reset()));

  const { extend = (client: AnyClient): AnyClient => client, ...options } = scenario.options ?? {};
  const subject = await cast((context) => {
    const client = theatre.makeClient({ log: [{ emit: 'event', level: 'query' }], ...options }, context);
    client.$on('query', ({ query, params }: { query: string; params: string }) => {
      if (!playing || kPing.test(query)) return;
      sql.push(`${query} ${params}`);
      if (timing === 'during' && resets.length < kMaxResets) resetMeanwhile();
    });
    return extend(client);
  });
  if (timing === 'before') {
    await subject.client.$queryRaw`SELECT 2`;
    await subject.reset();
  }

  const stage: Stage = {
    prisma: subject.client,
    module: theatre.module,
    between: () => (timing === 'between' ? subject.reset() : Promise.resolve()),
    note: (...values) => void notes.push(snapshot(values)),
    async attempt(action) {
      let promise: unknown;
      try {
        promise = action();
      } catch (error) {
        notes.push({ threw: snapshot(error) });
        return;
      }
      try {
        const value = await promise;
        notes.push({ [isPromise(promise) ? 'resolved' : 'returned']: snapshot(value) });
      } catch (error) {
        notes.push({ rejected: snapshot(error) });
      }
    },
  };

  const stopWatching = watchRejections((reason) => strayRejections.push(snapshot(reason)));
  try {
    playing = true;
    const result = snapshot(await scenario.run(stage));
    await turnOfTheLoop();
    playing = false;
    await Promise.all(resets);
    return { notes, result, sql: scenario.unordered ? sql.sort() : sql, strayRejections };
  } finally {
    stopWatching();
    await subject.close();
  }
}

function isPromise(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

/** Unhandled rejections are reported after the microtasks of a turn. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Unhandled rejections go to `onStray` alone until the returned function is called. Jest gives tests a copy of `process`
 * and takes such rejections for failures; here they are part of what is compared.
 */
function watchRejections(onStray: (reason: unknown) => void): () => void {
  const real = runInThisContext('process') as NodeJS.Process;
  const others = real.listeners('unhandledRejection');
  real.removeAllListeners('unhandledRejection');
  real.on('unhandledRejection', onStray);
  return () => {
    real.off('unhandledRejection', onStray);
    for (const other of others) real.on('unhandledRejection', other);
  };
}
