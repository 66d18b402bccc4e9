/** A password appears nowhere: not in what is logged, thrown, told or counted, through good and bad times. */
import { format, inspect } from 'node:util';
import { ResilientPrismaClient } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';
import { Application, sleep } from './application';

jest.setTimeout(60_000);

const kCanary = 'c4n4ry_S3same';

/** Everything that can be read off a value, getters and hidden properties included. */
function everything(value: unknown): string {
  const error = value as { stack?: string; resilience?: unknown; cause?: unknown; toJSON?: () => unknown } | undefined;
  return [
    inspect(value, { depth: 12, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null }),
    String(error?.stack),
    inspect(error?.resilience),
    JSON.stringify(value) ?? '',
  ].join('\n');
}

let cluster: PostgresCluster;
const written: string[] = [];
const spies: jest.SpyInstance[] = [];

beforeAll(async () => {
  cluster = await PostgresCluster.start({ password: kCanary });
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    spies.push(jest.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0));
  }
  // Jest puts a console of its own in place, which does not write to them.
  for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const) {
    spies.push(jest.spyOn(console, level).mockImplementation((...parts) => void written.push(format(...parts))));
  }
});
afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
});

async function tellAll(application: Application, during: () => Promise<void>): Promise<string> {
  const { resilient, told } = application;
  const emit = jest.spyOn(resilient, 'emit');
  await during();
  const heard = emit.mock.calls.map(everything);
  emit.mockRestore();
  const shown = [resilient.getConnectionStats(), resilient.getMetrics(), await resilient.healthCheck(), resilient];
  return [...heard, ...shown.map(everything), ...told.log, ...written.splice(0)].join('\n');
}

test('through an outage', async () => {
  const application = await Application.open(cluster.url(), { reconnect: { deadline: 1000 } });
  const errors: unknown[] = [];
  const ask = (): Promise<unknown> => application.prisma.ledgerEntry.count().catch((error) => errors.push(error));
  const said = await tellAll(application, async () => {
    await cluster.stop('immediate');
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    await cluster.start();
    await sleep(500);
    await ask();
    await application.resilient.hardReset();
  });
  await application.close();
  expect(errors.length).toBeGreaterThanOrEqual(4);
  expect(said).toContain('disconnect');
  expect(said).not.toContain(kCanary);
  for (const error of errors) expect(everything(error)).not.toContain(kCanary);
});

test('where the server refuses it, and where the URL of the probe is nonsense', async () => {
  const wrong = `${kCanary}_wrong`;
  const url = cluster.url({ password: wrong });
  for (const probe of [{ url }, { url: `postgres://app:${wrong}@[nonsense:port/app?sslmode=never` }]) {
    const application = await Application.open(() => makeAdapter(cluster.url()), { probe });
    const said = await tellAll(application, async () => {
      await cluster.terminateBackends();
      await application.prisma.ledgerEntry.count();
    });
    await application.close();
    expect(said).not.toContain(kCanary);
  }

  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(url)) }));
  const error = await resilient
    .getClient()
    .ledgerEntry.count()
    .catch((thrown: unknown) => thrown);
  await resilient.shutdown();
  expect(error).toMatchObject({ resilience: { errorClass: 'fatal-configuration' } });
  expect(everything(error)).not.toContain(kCanary);
  const console = written.splice(0).join('\n');
  expect(console).toContain('prisma-resilient-client');
  expect(console).not.toContain(kCanary);
});
