/**
 * What the guard and verification cost: time in paired rounds on a server of its own, with many writers and a long marker
 * table too, round trips counted on the wire, and a refresh beneath a living client beside a new PrismaClient.
 *
 *   npm run bench:writes [-- --rounds 150 --calls 20] [--work 'single create' …]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createGuard } from '../../../lib/adapter/guard';
import { passiveHost } from '../../support/passive-host';
import { markMigration } from '../../../lib/tables/mark-migration';
import { PostgresCluster, TcpProxy, createSchema, generatedClient, makeAdapter } from '../../support';
import { type Turns, compare, mean, median, ratio, shown, verdict } from '../paired';
import { type SubjectName, kMarkerTable, kSubjects, kWork, openSubject } from './subjects';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '150' },
    calls: { type: 'string', default: '20' },
    work: { type: 'string', multiple: true, default: Object.keys(kWork) },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const strangers = values.work.filter((work) => !(work in kWork));
if (strangers.length > 0)
  throw new Error(`no work called ${strangers.join(', ')}; there is: ${Object.keys(kWork).join(', ')}`);
const kWarmUp = 25;
const kManyWriters = 64;
const kCallsOfEach = 4;
const kManyMarks = 1_000_000;

function limit(what: string, value: number, atMost: number, unit = ''): void {
  const reached = value <= atMost;
  console.log(
    `${reached ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(unit ? 1 : 0)}${unit} (limit ${atMost}${unit})`,
  );
  if (!reached) process.exitCode = 1;
}

const kAgain = 'guard off, again';

function barOf(work: string): number {
  if (work === 'single create') return 1.25;
  return work === 'read' ? 1.02 : 1.05;
}

/** Many at once: what a mark costs then is the server's work, not the wire's. */
async function timeManyWriters(url: string, title: string): Promise<void> {
  const names: readonly SubjectName[] = ['guard off', 'by mark', 'guard off'];
  const opened = await Promise.all(names.map((name) => openSubject(name, url, 16)));
  const run = kWork['single create'];
  const turns = await compare(
    opened.map(({ client, name }, i) => ({
      name: i === 2 ? kAgain : name,
      turn: async () => {
        await Promise.all(
          Array.from({ length: kManyWriters }, async () => {
            for (let call = 0; call < kCallsOfEach; call += 1) await run(client);
          }),
        );
      },
    })),
    { rounds: Math.ceil(rounds / 3), warmUp: 5 },
  );
  const base = mean(turns.get('guard off')!.ms, turns.get(kAgain)!.ms);
  verdict(`single create, ${title}: by mark, of off`, ratio(turns.get('by mark')!.ms, base), { atMost: 1.25 });
  await Promise.all(opened.map((subject) => subject.close()));
}

/** Rows that are not swept: of processes that died, or of a table that was left alone. */
async function fillMarks(cluster: PostgresCluster): Promise<void> {
  await cluster.query(
    `INSERT INTO ${kMarkerTable} (token, at) SELECT gen_random_uuid(), now() FROM generate_series(1, ${kManyMarks})`,
  );
  await cluster.query(`ANALYZE ${kMarkerTable}`);
}

async function timeAll(url: string): Promise<void> {
  const names: readonly SubjectName[] = [...kSubjects, 'guard off'];
  const opened = await Promise.all(names.map((name) => openSubject(name, url)));
  const [off, on, position, mark] = kSubjects;
  for (const work of values.work) {
    const run = kWork[work];
    const turns = await compare(
      opened.map(({ client }, i) => ({
        name: kSubjects[i] ?? kAgain,
        turn: async () => {
          for (let call = 0; call < calls; call += 1) await run(client);
        },
      })),
      { rounds, warmUp: kWarmUp },
    );
    const of = (name: string): Turns => turns.get(name)!;
    const base = mean(of(off).ms, of(kAgain).ms);
    const us = (name: string): string => `${((median(of(name).ms) * 1000) / calls).toFixed(0)} us`.padStart(8);
    console.log(
      `${work.padEnd(24)} off ${us(off)}  on ${us(on)}  by position ${us(position)}, of off ` +
        `${shown(ratio(of(position).ms, base))}  by mark ${us(mark)};` +
        ` equals: ${shown(ratio(of(kAgain).ms, of(off).ms))};` +
        ` CPU on, of off: ${shown(ratio(of(on).cpu, mean(of(off).cpu, of(kAgain).cpu)))}`,
    );
    verdict(`${work}: guard on, of off`, ratio(of(on).ms, base), { atMost: 1.02 });
    verdict(`${work}: by mark, of off`, ratio(of(mark).ms, base), { atMost: barOf(work) });
  }
  await Promise.all(opened.map((subject) => subject.close()));
}

async function countAll(proxy: TcpProxy, url: string): Promise<void> {
  const trips: Record<string, Record<SubjectName, number>> = {};
  for (const name of kSubjects) {
    const subject = await openSubject(name, proxy.via(url));
    for (const [work, run] of Object.entries(kWork)) {
      await run(subject.client);
      proxy.resetCounters();
      await run(subject.client);
      (trips[work] ??= {} as Record<SubjectName, number>)[name] = proxy.counters().roundTrips;
    }
    await subject.close();
  }
  console.log('\nRound trips on the wire');
  console.table(trips);
  const extra = (work: string): number => trips[work]['by position'] - trips[work]['guard off'];
  limit('round trips more for a verified single write', extra('single create'), 2);
  limit('round trips more for a verified nested write', extra('nested create'), 1);
  limit('round trips more for a verified array transaction', extra('array transaction'), 1);
  limit('round trips more for a read', extra('read'), 0);
  for (const work of Object.keys(kWork)) {
    limit(`round trips more by mark, ${work}`, trips[work]['by mark'] - trips[work]['guard off'], 0);
    limit(`round trips more with the guard on, ${work}`, trips[work]['guard on'] - trips[work]['guard off'], 0);
  }
}

/** From the request to the moment when work goes to the new connection. */
async function refresh(url: string): Promise<void> {
  const { PrismaClient } = generatedClient();
  const guard = createGuard(passiveHost);
  const client = new PrismaClient({ adapter: guard.wrap(makeAdapter(url)) });
  await client.$queryRaw`SELECT 1`;
  const swaps: number[] = [];
  const clients: number[] = [];
  for (let round = 0; round < Math.max(20, rounds / 2); round += 1) {
    const swapBegin = performance.now();
    const { drained } = await guard.swap();
    swaps.push(performance.now() - swapBegin);
    await drained;
    const clientBegin = performance.now();
    const fresh = new PrismaClient({ adapter: makeAdapter(url) });
    await fresh.$queryRaw`SELECT 1`;
    clients.push(performance.now() - clientBegin);
    await fresh.$disconnect();
  }
  await client.$disconnect();
  console.log(
    `\nRefresh: ${median(swaps).toFixed(1)} ms beneath the client, ${median(clients).toFixed(1)} ms by a new PrismaClient`,
  );
  limit('refresh through the guard', median(swaps), 10, ' ms');
}

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start();
  const proxy = await TcpProxy.start({ target: { port: cluster.port } });
  try {
    await createSchema(cluster);
    await cluster.query(`SET ROLE app; ${markMigration('postgresql', kMarkerTable).sql}`);
    console.log(
      `PostgreSQL ${cluster.binaries.version}, Node ${process.version}, medians of ${rounds} rounds of 2 x ${calls} calls, 95 % bounds\n`,
    );
    await timeAll(cluster.url());
    await timeManyWriters(cluster.url(), `${kManyWriters} writers`);
    await fillMarks(cluster);
    await timeManyWriters(cluster.url(), `${kManyWriters} writers and a million marks`);
    await countAll(proxy, cluster.url());
    await refresh(cluster.url());
  } finally {
    await proxy.dispose();
    await cluster.dispose();
  }
}

void main();
