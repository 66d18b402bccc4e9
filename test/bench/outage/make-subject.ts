/** Makes the subjects, each as an ordinary user would set it up. */
import {
  ConsecutiveBreaker,
  ExponentialBackoff,
  TimeoutStrategy,
  circuitBreaker,
  handleAll,
  retry,
  timeout,
  wrap,
} from 'cockatiel';

import { type FactoryContext, ResilientPrismaClient, type ResilientConfig } from '../../..';
import { generatedClient, makeAdapter, makeClient } from '../../support/prisma';
import type { Subject, SubjectName, Target } from './subjects';

type Client = ReturnType<typeof makeClient>;

export async function makeSubject(name: SubjectName, target: Target): Promise<Subject> {
  switch (name) {
    case 'ours':
      return makeOurs(target, {});
    case 'verify':
      return makeOurs(target, { writes: { onUnknownOutcome: 'verify' } });
    case 'bare':
      return makeBare(target);
    case 'cockatiel':
      return makeCockatiel(target);
    case 'previous':
      return makePrevious(target);
  }
}

function operations(client: Client) {
  return {
    read: () => client.ledgerEntry.findMany({ take: 1 }),
    write: (token: string) => client.ledgerEntry.create({ data: { token, kind: 'create' } }),
    report: (seconds: number) => client.$queryRaw`SELECT pg_sleep(${seconds})::text`,
  };
}

function makeOurs(target: Target, config: ResilientConfig): Subject {
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx: FactoryContext) =>
      new PrismaClient({ adapter: ctx.guard(makeAdapter(ctx.connectionString ?? target.url, target.pool)) }),
    {
      logging: { level: process.env.OUTAGE_LOG === undefined ? 'silent' : 'debug' },
      ...(target.everyHost === undefined ? {} : { probe: { url: target.everyHost } }),
      ...config,
    },
  );
  const events: Record<string, number> = {};
  for (const event of ['disconnect', 'reconnect:success', 'hard-reset', 'refresh', 'failover', 'retry'] as const) {
    resilient.on(event, () => (events[event] = (events[event] ?? 0) + 1));
  }
  return {
    ...operations(resilient.getClient()),
    ready: () => resilient.ready(),
    events,
  };
}

function makeBare({ url, pool }: Target): Subject {
  const client = makeClient(url, { pool });
  return { ...operations(client), ready: () => ask(client), events: {} };
}

/** Retry and circuit breaker as in its README, and a timeout of 5 s. */
function makeCockatiel({ url, pool }: Target): Subject {
  const client = makeClient(url, { pool });
  const policy = wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
    timeout(5000, TimeoutStrategy.Aggressive),
  );
  const { read, write, report } = operations(client);
  return {
    read: () => policy.execute(() => read()),
    write: (token) => policy.execute(() => write(token)),
    report,
    ready: () => ask(client),
    events: {},
  };
}

interface Previous {
  getClient(): Client;
}

function makePrevious({ url, pool }: Target): Subject {
  // It has no types that fit a generated client.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { ResilientPrismaClient: Peer } = require('prisma-resilient-client-peer') as {
    ResilientPrismaClient: new (client: Client, options: object) => Previous;
  };
  const quiet = (): void => undefined;
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, log: quiet };
  const peer = new Peer(makeClient(url, { pool }), { logging: { level: 'error', logger } });
  const client = peer.getClient();
  return { ...operations(client), ready: () => ask(client), events: {} };
}

async function ask(client: Client): Promise<void> {
  await client.$queryRaw`SELECT 1`;
}
