/**
 * What the guard costs: time in alternating rounds on a server of its own, round trips counted on the wire, and a
 * refresh beneath a living client beside a new PrismaClient.
 *
 *   npm run bench:writes [-- --rounds 60 --calls 100]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createGuard } from '../../../dist/adapter/guard';
import { passiveHost } from '../../../dist/adapter/passive-host';
import { PostgresCluster, TcpProxy, createSchema, generatedClient, makeAdapter } from '../../support';
import { type Subject, type SubjectName, kSubjects, kWork, openSubject } from './subjects';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '60' }, calls: { type: 'string', default: '100' } },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
/** Rounds that are run and not counted: code is compiled, plans are cached. */
const kWarmUp = 5;

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 0 ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle];
}

function verdict(what: string, value: number, limit: number, unit = ''): void {
  const reached = value <= limit;
  console.log(
    `${reached ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(unit ? 1 : 3)}${unit} (limit ${limit}${unit})`,
  );
  if (!reached) process.exitCode = 1;
}

async function time(subject: Subject, work: string): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < calls; i += 1) await kWork[work](subject.client);
  return ((performance.now() - begin) * 1000) / calls;
}

/** Each round takes all subjects in a new order, so that whatever else the machine does hits them alike. */
async function timeAll(url: string): Promise<void> {
  // 'guard off' twice: how far apart equals are is the noise.
  const subjects = await Promise.all([...kSubjects, kSubjects[0]].map((name) => openSubject(name, url)));
  const [off, on, verify, again] = subjects;
  for (const work of Object.keys(kWork)) {
    const times = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
    for (let round = 0; round < rounds + kWarmUp; round += 1) {
      const order = subjects.map((_subject, i) => subjects[(i + round) % subjects.length]);
      for (const subject of order) {
        const taken = await time(subject, work);
        if (round >= kWarmUp) times.get(subject)?.push(taken);
      }
    }
    const ratio = (subject: Subject): number =>
      median(
        times.get(subject)!.map((taken, round) => taken / ((times.get(off)![round] + times.get(again)![round]) / 2)),
      );
    const noise = median(times.get(off)!.map((taken, round) => Math.abs(taken / times.get(again)![round] - 1)));
    const us = (subject: Subject): string => `${median(times.get(subject)!).toFixed(0)} us`.padStart(9);
    console.log(
      `${work.padEnd(18)} off ${us(off)}  on ${us(on)} (${ratio(on).toFixed(3)})  verify ${us(verify)} (${ratio(verify).toFixed(3)})` +
        `  equals differ by ${(noise * 100).toFixed(1)} %`,
    );
    verdict(`${work}: guard on, beside off`, ratio(on), 1.02);
  }
  await Promise.all(subjects.map((subject) => subject.close()));
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
  const extra = (work: string): number => trips[work]['verify on'] - trips[work]['guard off'];
  verdict('round trips more for a verified single write', extra('single create'), 2);
  verdict('round trips more for a verified nested write', extra('nested create'), 1);
  verdict('round trips more for a verified array transaction', extra('array transaction'), 1);
  verdict('round trips more for a read', extra('read'), 0);
  for (const work of Object.keys(kWork)) {
    verdict(`round trips more with the guard on, ${work}`, trips[work]['guard on'] - trips[work]['guard off'], 0);
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
  verdict('refresh through the guard', median(swaps), 10, ' ms');
}

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start();
  const proxy = await TcpProxy.start({ target: { port: cluster.port } });
  try {
    await createSchema(cluster);
    console.log(
      `PostgreSQL ${cluster.binaries.version}, Node ${process.version}, medians of ${rounds} rounds of ${calls} calls\n`,
    );
    await timeAll(cluster.url());
    await countAll(proxy, cluster.url());
    await refresh(cluster.url());
  } finally {
    await proxy.dispose();
    await cluster.dispose();
  }
}

void main();
