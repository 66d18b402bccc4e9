/** What the guard does beneath Prisma is counted and told as if it were done above. */
import { ResilientPrismaClient, type ResilienceAnnotation, type RetryInfo } from '../../../lib';
import type { TestClient } from '../errors/prisma-version';
import { GuardLab, kNewest, newToken } from './lab';

let lab: GuardLab;
beforeAll(async () => {
  lab = await GuardLab.start();
});
afterAll(() => lab.dispose());

test('attempts, the time spent waiting, and retry events count tries beneath Prisma', async () => {
  const resilient = new ResilientPrismaClient<TestClient & { $connect(): Promise<void> }>(
    (ctx) => kNewest.newClient('postgresql', ctx.guard(lab.factory())) as TestClient & { $connect(): Promise<void> },
    {
      logging: { level: 'silent' },
      probe: { url: lab.cluster.url() },
      // The probe, which goes another way, says that the database is well.
      reconnect: { initialDelay: 20, maxDelay: 50, maxConsecutiveErrors: 1000, hardResetOnFinalAttempt: false },
    },
  );
  try {
    await resilient.ready();
    const retries: RetryInfo[] = [];
    resilient.on('retry', (info) => retries.push(info));
    // Nothing above Prisma may run it again: what does is the guard.
    const hooked = (resilient.getClient() as unknown as { $extends(extension: object): TestClient }).$extends({
      query: { $allOperations: ({ args, query }: { args: unknown; query(args: unknown): unknown }) => query(args) },
    });
    await lab.proxy.refuse();
    await lab.proxy.reset();
    const create = async (): Promise<unknown> => hooked.token.create({ data: { token: newToken() } });
    const errors: { resilience: ResilienceAnnotation }[] = [];
    for (let n = 0; n < 3; n += 1) await create().catch((error) => errors.push(error));
    const tried = errors.filter(({ resilience }) => resilience.attempts > 1);
    expect(tried.length).toBeGreaterThan(0);
    for (const { resilience } of tried) expect(resilience.waitedMs).toBeGreaterThan(0);
    expect(retries.length).toBeGreaterThan(0);
    expect(retries[0]).toMatchObject({ operation: 'query', attempt: 1 });
  } finally {
    await lab.proxy.pass();
    await resilient.shutdown();
  }
});

test('a success after tries beneath Prisma is told as recovered, with all of them counted', async () => {
  const resilient = new ResilientPrismaClient<TestClient & { $connect(): Promise<void> }>(
    (ctx) => kNewest.newClient('postgresql', ctx.guard(lab.factory())) as TestClient & { $connect(): Promise<void> },
    { logging: { level: 'silent' }, probe: { url: lab.cluster.url() } },
  );
  try {
    await resilient.ready();
    const steps: { step: string; attempts?: string | number }[] = [];
    resilient.traceOperations({
      subject: () => undefined,
      step: (_, step, { attempts }) => steps.push({ step, attempts }),
    });
    const hooked = (resilient.getClient() as unknown as { $extends(extension: object): TestClient }).$extends({
      query: { $allOperations: ({ args, query }: { args: unknown; query(args: unknown): unknown }) => query(args) },
    });
    await lab.proxy.refuse();
    await lab.proxy.reset();
    // Whatever becomes of it: from then on the pool knows that its connections are gone.
    await Promise.resolve(hooked.token.findMany({ take: 1 })).catch(() => undefined);
    steps.length = 0;
    const retried = new Promise((resolve) => resilient.once('retry', resolve));
    const created = hooked.token.create({ data: { token: newToken() } });
    const settled = Promise.resolve(created);
    await retried;
    await lab.proxy.pass();
    await settled;
    const retries = steps.filter(({ step }) => step === 'retry').length;
    expect(steps.at(-1)).toEqual({ step: 'recovered', attempts: retries + 1 });
  } finally {
    await lab.proxy.pass();
    await resilient.shutdown();
  }
});
