/** What is shown by one long run of this package alone, beside the faults. */
import type { Verdict } from './bars';
import { kScenes } from './scenes';
import { SubjectHandle } from './subject-handle';

const kRate = 100;
const kProbeName = 'application_name=prisma-resilient-probe';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Twenty resets and black holes under load: the server's connections, against those before. */
export async function checkConnections(rounds = 20): Promise<Verdict> {
  const { server, proxy, target, dispose } = await kScenes.network();
  const subject = new SubjectHandle();
  try {
    await subject.open('ours', target);
    await subject.start(kRate);
    // A pool that has been as large as it can be: what it opens later is no surprise.
    await subject.report(20, 0.5);
    await sleep(2000);
    const baseline = await server.connectionCount();
    for (let i = 0; i < rounds; ++i) {
      if (i % 2 === 0) {
        await proxy.reset({ newConnections: true });
        await sleep(300);
      } else {
        await proxy.swallow({ newConnections: 'ignore' });
        await sleep(3500);
      }
      await proxy.pass();
      await sleep(2500);
    }
    const book = await subject.finish(16_000);
    const hung = book.operations.filter(({ ended }) => ended === undefined).length;
    if (hung > 0) throw new Error(`${hung} operations hang after ${rounds} faults`);
    const after = await server.connectionCount();
    return {
      what: `connections above the ${baseline} of before, after ${rounds} resets and black holes`,
      unit: '',
      limit: 0,
      value: Math.max(0, after - baseline),
      where: `${kRate}/s`,
      reached: after <= baseline,
    };
  } finally {
    subject.end();
    await dispose();
  }
}

/** A minute without faults: connections that the probe has opened after its introduction. */
export async function checkQuiet(seconds = 60): Promise<Verdict> {
  const { server, target, dispose } = await kScenes.server();
  const subject = new SubjectHandle();
  try {
    // The server's own log tells also of connections that are too short to be seen.
    server.configure({ log_connections: 'on', log_line_prefix: '%m [%p] %q%a ' });
    await subject.open('ours', target);
    await subject.start(kRate);
    await sleep(2000);
    const before = probeConnections(server.log());
    await sleep(seconds * 1000);
    const opened = probeConnections(server.log()) - before;
    await subject.finish(1000);
    return {
      what: `connections that the probe opens in ${seconds} s without a fault`,
      unit: '',
      limit: 0,
      value: opened,
      where: `${kRate}/s`,
      reached: opened === 0 && before > 0,
    };
  } finally {
    subject.end();
    await dispose();
  }
}

/** `connection authorized: … application_name=…` */
function probeConnections(log: string): number {
  return log.split('\n').filter((line) => line.includes('connection authorized') && line.includes(kProbeName)).length;
}
