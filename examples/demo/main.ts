/**
 * A real server, a real Prisma 7 application under steady load, real faults; the same load beside it on a bare
 * PrismaClient. Ends with a table that comes from a ledger compared with the table in the database.
 *
 *   npm run demo [-- --rate 200]
 */
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

import { ResilientPrismaClient } from '../..';
import { breachesOf } from '../../test/support/ledger';
import { PostgresCluster } from '../../test/support/postgres';
import { createSchema, generatedClient, makeAdapter, makeClient } from '../../test/support/prisma';
import { type DemoClient, Subject, type SubjectReport } from './subject';
import { View } from './view';

const { values } = parseArgs({ options: { rate: { type: 'string', default: '200' } } });
const kRate = Number(values.rate);
/** What has not settled by then has hung. */
const kPatienceMs = 8000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start({});
  console.log(
    `demo: a PostgreSQL of its own, version ${cluster.binaries.version}, ${kRate} operations a second per client`,
  );
  await createSchema(cluster);

  const bare = makeClient(cluster.url());
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url())) }),
    { writes: { onUnknownOutcome: 'verify' }, logging: { level: 'silent' } },
  );
  await resilient.ready();
  const ours = new Subject('this package', resilient.getClient() as unknown as DemoClient);
  const theirs = new Subject('bare PrismaClient', bare as unknown as DemoClient);
  const subjects = [ours, theirs];

  const logUpdate = process.stdout.isTTY ? (await import('log-update')).default : undefined;
  const view = new View(resilient, subjects, logUpdate, kRate);
  view.start();
  for (const subject of subjects) subject.start(kRate);
  await inflict(cluster, resilient, view, subjects);
  for (const subject of subjects) subject.stop();
  view.announce('the load has ended; waiting for what is in flight');
  const giveUp = performance.now() + kPatienceMs;
  while (performance.now() < giveUp && subjects.some((subject) => subject.inFlight > 0)) await sleep(50);
  view.stop();

  const reports = [];
  for (const subject of subjects) reports.push(await subject.report(cluster));
  print(reports);
  await resilient.shutdown();
  // A bare client may hang here, too; the server is going anyway.
  await Promise.race([bare.$disconnect(), sleep(1000)]);
  await cluster.dispose();

  const breaches = breachesOf(reports[0].settlement);
  if (breaches.length > 0 || reports[0].hung > 0) {
    console.error(`demo: this package broke its word: ${breaches.join('; ') || `${reports[0].hung} hung`}`);
    process.exitCode = 1;
  }
}

async function inflict(
  cluster: PostgresCluster,
  resilient: { hardReset(): Promise<void> },
  view: View,
  subjects: readonly Subject[],
): Promise<void> {
  const back = (fault: string): void => subjects.forEach((subject) => subject.serverIsBack(fault));
  view.announce('healthy');
  await sleep(3000);

  view.announce('the server is stopped hard, for 3 s');
  await cluster.stop('immediate');
  await sleep(3000);
  await cluster.start();
  back('stop');
  view.announce('the server is back');
  await sleep(4000);

  view.announce('all backends are terminated');
  await cluster.terminateBackends();
  back('terminate');
  await sleep(3000);

  view.announce('the server is frozen, for 3 s');
  await cluster.freeze();
  await sleep(3000);
  cluster.thaw();
  back('freeze');
  view.announce('the server moves again');
  await sleep(4000);

  view.announce('hard reset under load (of this package)');
  await resilient.hardReset();
  back('hard reset');
  await sleep(3000);
}

function print(reports: readonly SubjectReport[]): void {
  const table = new Table({
    head: ['', ...reports.map(({ name }) => name)],
    style: { compact: true, head: [], border: [] },
  });
  const row = (name: string, cell: (report: SubjectReport) => string | number): void => {
    table.push([name, ...reports.map((report) => ({ content: String(cell(report)), hAlign: 'right' as const }))]);
  };
  const ms = (value: number | undefined): string => (value === undefined ? 'none' : `${Math.round(value)} ms`);
  row('operations', (report) => report.operations);
  row('failed', (report) => report.failed);
  row('hung', (report) => report.hung);
  row('longest wait', (report) => ms(report.longestWaitMs));
  for (const fault of reports[0].firstSuccessMs.keys()) {
    row(`first success after ${fault}`, (report) => ms(report.firstSuccessMs.get(fault)));
  }
  row('rows lost', ({ settlement }) => settlement.lost.length);
  row('rows twice', ({ settlement }) => settlement.doubled.length);
  row('failed, yet written', ({ settlement }) => settlement.denied.length + settlement.undecidedPresent.length);
  console.log(`\n${table.toString()}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
