/** The line that an outage gets once a minute, with counts; the clock is the test's. */
import { OutageLog } from '../../../lib/host/outage-log';
import type { SupervisorStats } from '../../../lib/native';

test('one line a minute, whatever happens; the end counts it all', () => {
  jest.useFakeTimers({ now: 0 });
  try {
    const stats = { errors: 5, retries: 1, parked: 0 };
    let givenUp = 0;
    const lines: string[] = [];
    const log = new OutageLog({
      stats: () => stats as SupervisorStats,
      givenUp: () => givenUp,
      write: (line) => lines.push(line),
      now: () => Date.now(),
    });
    log.began();
    for (let second = 0; second < 150; ++second) {
      stats.errors += 100;
      stats.parked = second;
      givenUp += 1;
      jest.advanceTimersByTime(1000);
    }
    expect(lines).toEqual([
      'outage elapsedMs=60000 waiting=59 failed=6000 retried=0 givenUp=60',
      'outage elapsedMs=120000 waiting=119 failed=12000 retried=0 givenUp=120',
    ]);
    expect(log.ended()).toBe('waiting=149 failed=15000 retried=0 givenUp=150');
    jest.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(2);
  } finally {
    jest.useRealTimers();
  }
});
