/** OpenTelemetry's conventions for databases, from the real SDK and a real server. */
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { once } from 'node:events';

import { type FactoryContext, ResilientPrismaClient } from '../../../lib';
import { openTelemetry, type OpenTelemetryOptions } from '../../../lib/opentelemetry';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(60_000);

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster?.dispose());

type Client = ReturnType<typeof client>;
const client = (ctx: FactoryContext) =>
  new (generatedClient().PrismaClient)({
    adapter: ctx.guard(makeAdapter(cluster.url(), { max: 1, connectionTimeoutMillis: 700 })),
  });

/** What the SDK exports after `act`, by name. */
async function exported(
  act: (prisma: Client, resilient: ResilientPrismaClient<Client>) => Promise<unknown>,
  options: OpenTelemetryOptions = {},
): Promise<ReadonlyMap<string, MetricData>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });
  const resilient = new ResilientPrismaClient(client, { logging: { level: 'silent' } });
  const end = openTelemetry(resilient, { meter: meters.getMeter('test'), attributes: { client: 'main' }, ...options });
  try {
    await resilient.ready();
    await act(resilient.getClient(), resilient);
    await reader.forceFlush();
    const [{ scopeMetrics }] = exporter.getMetrics();
    return new Map(scopeMetrics[0].metrics.map((metric) => [metric.descriptor.name, metric]));
  } finally {
    end();
    await resilient.shutdown();
    await meters.shutdown();
  }
}

function only<Data extends MetricData>(metrics: ReadonlyMap<string, MetricData>, name: string): Data {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`${name} was not exported`);
  return metric as Data;
}

test('operations: a histogram in seconds, with the attributes of the stable conventions', async () => {
  const { hostname, pathname, port } = new URL(cluster.url());
  const metrics = await exported(async (prisma) => {
    await prisma.user.count();
    await prisma.user.count();
    await prisma.$queryRaw`SELECT 1 FROM pg_sleep(0.6)`;
    await prisma.$queryRaw`SELECT 1 / 0`.catch(() => undefined);
    await prisma.user.findUniqueOrThrow({ where: { id: -1 } }).catch(() => undefined);
    await prisma.$transaction((tx) => tx.user.count());
  });
  const { descriptor, dataPoints } = only<HistogramMetricData>(metrics, 'db.client.operation.duration');
  expect(descriptor).toMatchObject({
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  });
  const server = {
    client: 'main',
    'db.system.name': 'postgresql',
    'db.namespace': pathname.slice(1),
    'server.address': hostname,
    'server.port': Number(port),
  };
  const counted = dataPoints.map(({ attributes, value }) => ({ attributes, count: value.count }));
  expect(counted).toHaveLength(5);
  expect(counted).toEqual(
    expect.arrayContaining([
      { attributes: { ...server, 'db.operation.name': 'count', 'db.collection.name': expect.any(String) }, count: 2 },
      { attributes: { ...server, 'db.operation.name': '$queryRaw' }, count: 1 },
      {
        attributes: {
          ...server,
          'db.operation.name': '$queryRaw',
          'error.type': 'P2010',
          'db.response.status_code': '22012',
        },
        count: 1,
      },
      {
        attributes: {
          ...server,
          'db.operation.name': 'findUniqueOrThrow',
          'db.collection.name': expect.any(String),
          'error.type': 'P2025',
        },
        count: 1,
      },
      { attributes: { ...server, 'db.operation.name': '$transaction' }, count: 1 },
    ]),
  );
  const slept = dataPoints.find(({ attributes }) => {
    return attributes['db.operation.name'] === '$queryRaw' && attributes['error.type'] === undefined;
  })!;
  expect(slept.value.sum).toBeGreaterThanOrEqual(0.6);
  // The present names stay beside it.
  expect(only(metrics, 'prisma_resilient.query_duration').dataPoints.length).toBeGreaterThan(0);
});

test('the pool: its connections, who waits, how long connections are waited for, opened and used', async () => {
  const { host, pathname } = new URL(cluster.url());
  const pool = { client: 'main', 'db.client.connection.pool.name': `${host}${pathname}` };
  const metrics = await exported(async (prisma, resilient) => {
    await prisma.user.count();
    // The only connection is held until the pool has told somebody that it waited for too long.
    const refused = once(resilient, 'retry');
    let waiting: Promise<number> | undefined;
    const hold = async (tx: Pick<Client, '$queryRaw'>): Promise<void> => {
      await tx.$queryRaw`SELECT 1 FROM pg_sleep(1)`;
      waiting = Promise.resolve(prisma.user.count());
      await refused;
    };
    await prisma.$transaction(hold, { timeout: 60_000 });
    await waiting;
  });
  const numbers = (name: string) =>
    only(metrics, `db.client.connection.${name}`).dataPoints.map(({ attributes, value }) => ({ attributes, value }));
  expect(numbers('count')).toEqual([
    { attributes: { ...pool, 'db.client.connection.state': 'idle' }, value: 1 },
    { attributes: { ...pool, 'db.client.connection.state': 'used' }, value: 0 },
  ]);
  expect(numbers('max')).toEqual([{ attributes: pool, value: 1 }]);
  expect(numbers('pending_requests')).toEqual([{ attributes: pool, value: 0 }]);
  const [{ value: timeouts }] = numbers('timeouts');
  expect(timeouts).toBeGreaterThanOrEqual(1);
  for (const name of ['wait_time', 'create_time', 'use_time']) {
    const [{ attributes, value }] = only<HistogramMetricData>(metrics, `db.client.connection.${name}`).dataPoints;
    expect(attributes).toEqual(pool);
    expect(value.count).toBeGreaterThanOrEqual(1);
  }
  const [used] = only<HistogramMetricData>(metrics, 'db.client.connection.use_time').dataPoints;
  expect(used.value.max).toBeGreaterThanOrEqual(1);
});

test('where the driver is instrumented by itself, nothing is counted a second time', async () => {
  const metrics = await exported((prisma) => prisma.user.count(), { databaseMetrics: false });
  expect([...metrics.keys()].filter((name) => name.startsWith('db.'))).toEqual([]);
  expect(metrics.has('prisma_resilient.queries')).toBe(true);
});
