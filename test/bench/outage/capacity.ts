/** What this machine can do at all: without it, a figure at a high rate says nothing. */
import { kScenes } from './scenes';
import { SubjectHandle } from './subject-handle';

const kLanes = 100;
const kDurationMs = 2000;

/** Operations a second, half reads and half writes, that a bare PrismaClient completes where nothing fails. */
export async function gaugeMachine(): Promise<number> {
  const subject = new SubjectHandle();
  const { target, dispose } = await kScenes.server();
  try {
    await subject.open('bare', target);
    return await subject.gauge(kLanes, kDurationMs);
  } finally {
    subject.end();
    await dispose();
  }
}
