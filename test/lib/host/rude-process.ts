/** An application whose own functions misbehave in the way of `process.argv[2]`; tells what its operations answered. */
import { ResilientPrismaClient } from '../../../lib';

const unspeakable = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no property can be read');
    },
    getPrototypeOf: () => {
      throw new Error('nor the prototype');
    },
  },
);
const rudeness: Record<string, () => unknown> = {
  throw() {
    throw new Error('rude');
  },
  reject: () => Promise.reject(new Error('rude')),
  'throw nothing'() {
    throw undefined;
  },
  'throw the unspeakable'() {
    throw unspeakable;
  },
  'reject with the unspeakable': () => Promise.reject(unspeakable),
  hang: () => new Promise(() => undefined),
  'answer nonsense': () => ({ toJSON: rudeness.throw, toString: rudeness.throw, then: 1 }),
};
const rude = rudeness[process.argv[2]] as () => never;

const refused = (): never => {
  throw Object.assign(new Error("Can't reach database server at `db:5432`"), {
    name: 'PrismaClientKnownRequestError',
    code: 'P1001',
    meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: 'db', originalCode: 'ECONNREFUSED' } } },
  });
};
const lost = (): never => {
  throw Object.assign(new Error('Server has closed the connection.'), { code: 'P1017' });
};
let failures = 0;
const stub = () => ({
  user: {
    findMany: async () => (failures++ === 0 ? refused() : ['ada']),
    create: async () => lost(),
  },
  $connect: async () => undefined,
  $disconnect: rude,
  $transaction: async () => [],
  $queryRawUnsafe: async () => [],
});

async function main(): Promise<void> {
  // A $disconnect that hangs is waited for on a timer that keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  const resilient = new ResilientPrismaClient(stub, {
    logging: { level: 'trace', logger: { debug: rude, info: rude, warn: rude, error: rude } },
    onError: rude,
    classifyError: rude,
    isIdempotent: rude,
    probe: { mode: 'off' },
  });
  for (const event of ['connect', 'state', 'retry', 'hard-reset', 'health', 'disconnect', 'reconnect:success'] as const)
    resilient.on(event, rude);
  await resilient.ready();
  const prisma = resilient.getClient();
  const read = await prisma.user.findMany();
  const write = await prisma.user.create().then(
    () => 'created',
    (error: { code: string; resilience: { outcome: string } }) => `${error.code} ${error.resilience.outcome}`,
  );
  await resilient.hardReset();
  const { status } = await resilient.healthCheck();
  const stop = resilient.startMetricsPersistence(rude, 5);
  await new Promise((resolve) => setTimeout(resolve, 30));
  void stop();
  await resilient.shutdown({ drainMs: 50 });
  console.log(JSON.stringify({ read, write, status, resets: resilient.getConnectionStats().totalHardResets }));
  clearInterval(alive);
}
void main();
