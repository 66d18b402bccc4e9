/** What this machine can do at all: without it, a figure at a high rate says nothing. */
import { type Scenes, kScenes } from './scenes';
import { SubjectHandle } from './subject-handle';

/** Operations a second, half reads and half writes, that a bare PrismaClient completes where nothing fails. */
export type Capacity = Readonly<Record<keyof Scenes, number>>;

const kLanes = 100;
const kDurationMs = 2000;

export async function gaugeMachine(): Promise<Capacity> {
  const server = await gauge('server');
  const network = await gauge('network');
  const bouncer = await gauge('bouncer');
  return { server, pair: server, network, bouncer, patientBouncer: bouncer };
}

/** What stands in between takes its part of the processor, too. */
async function gauge(kind: keyof Scenes): Promise<number> {
  const subject = new SubjectHandle();
  try {
    const { target, dispose } = await kScenes[kind]();
    try {
      await subject.open('bare', target);
      return await subject.gauge(kLanes, kDurationMs);
    } finally {
      await dispose();
    }
  } finally {
    subject.end();
  }
}

export function describeCapacity({ server, network, bouncer }: Capacity): string {
  const number = (perSecond: number): string => Math.round(perSecond).toLocaleString('en-US');
  return (
    `${number(server)} such operations a second, ${number(network)} through the network that the faults are made in, ` +
    `and ${number(bouncer)} through PgBouncer`
  );
}
