/** A program that makes a client, brings it into a situation, and returns from main without shutdown(). */
import { ResilientPrismaClient, type ResilientConfig } from '../../lib';
import { generatedClient, makeAdapter } from '../support/prisma';

/** Longer than any limit of the test: what waited for one of ours would be seen. */
const kNever = 2_000_000_000;
/** A wait that would outlast the deadline is not begun. */
const kLong = kNever / 2;

interface Wish {
  url: string;
  situation: keyof typeof situations;
  config?: ResilientConfig;
  guarded?: boolean;
}
const wish = JSON.parse(process.argv[2]) as Wish;
const { PrismaClient } = generatedClient();
// A pool that keeps the process alive does so for a bare client, too; this one does not.
const adapter = () => makeAdapter(wish.url, { allowExitOnIdle: true, connectionTimeoutMillis: kNever });
const patience: ResilientConfig = {
  logging: { level: 'silent' },
  reconnect: { deadline: kNever, initialDelay: kLong, maxDelay: kLong, jitter: 'none', maxConnectionAge: kNever },
  warmup: { timeoutMs: kNever },
  timeouts: { operation: kNever },
};

function open(config: ResilientConfig = {}, source?: () => InstanceType<typeof PrismaClient>) {
  const together = { ...patience, ...wish.config, ...config };
  return new ResilientPrismaClient(
    source ?? ((ctx) => new PrismaClient({ adapter: wish.guarded ? ctx.guard(adapter()) : adapter() })),
    together,
  );
}
const ignore = (): void => undefined;

const situations = {
  /** Idle, after some work. */
  async used() {
    const resilient = open();
    await resilient.ready();
    await resilient.getClient().user.count();
    await resilient.healthCheck();
  },
  async instance() {
    const resilient = new ResilientPrismaClient(new PrismaClient({ adapter: adapter() }), patience);
    await resilient.getClient().user.count();
  },
  async replaced() {
    const resilient = open();
    await resilient.ready();
    await resilient.hardReset();
    await resilient.getClient().user.count();
  },
  async persisting() {
    const resilient = open();
    await resilient.getClient().user.count();
    resilient.startMetricsPersistence(ignore, 10);
    resilient.startMetricsPersistence(ignore, kNever);
  },
  async toolbox() {
    const resilient = open({ circuitBreaker: { enabled: true, resetTimeout: kNever } });
    await resilient.read(() => resilient.getClient().user.count(), { cacheKey: 'a', timeoutMs: kNever });
    resilient.circuitBreaker.trip();
    void resilient.read(() => new Promise(ignore), { timeoutMs: kNever }).catch(ignore);
  },
};

async function main(): Promise<void> {
  await situations[wish.situation]();
  process.stdout.write('returned\n');
}
void main();
