/** Bins of time, their merging, and the ring that keeps a day of them in bounded room. */
import { type Bin, binBetween, merge, quantile } from '../../../../lib/observe/dashboard/bin';
import { History, kLevels } from '../../../../lib/observe/dashboard/history';
import { observation } from '../observation';

const bin = (at: number, ms: number, succeeded = 1, changes: Partial<Bin> = {}): Bin => ({
  at,
  ms,
  succeeded,
  failed: 0,
  retries: 0,
  latencies: [1, 0],
  inFlight: 0,
  parked: 0,
  poolWaiting: 0,
  heapUsed: 0,
  rss: 0,
  state: 'up',
  ...changes,
});

describe('a bin', () => {
  const latency = (first: number, second: number, count: number) => ({
    p50: 0,
    p90: 0,
    p99: 0,
    sum: 0,
    count,
    max: 0,
    below: [],
    finely: [
      { bound: 1, count: first },
      { bound: 2, count: second },
    ],
  });

  test('is what came between two looks', () => {
    const before = observation({
      at: 1000,
      queries: { succeeded: 10, failed: 1 },
      retries: { operations: 1, calls: 1 },
      latency: latency(4, 6, 10),
    });
    const after = observation({
      at: 1500,
      queries: { succeeded: 17, failed: 3 },
      retries: { operations: 3, calls: 2 },
      latency: latency(5, 10, 17),
    });
    expect(binBetween(before, after)).toMatchObject({
      at: 1000,
      ms: 500,
      succeeded: 7,
      failed: 2,
      retries: 3,
      latencies: [1, 3, 3],
      state: 'up',
    });
  });

  test('merged with the next: counts add up, levels keep the largest, states the worst', () => {
    const merged = merge(
      bin(0, 500, 3, { state: 'down', parked: 7, latencies: [1, 2] }),
      bin(500, 500, 4, { state: 'recovering', parked: 2, heapUsed: 5, latencies: [3, 4] }),
    );
    expect(merged).toMatchObject({
      at: 0,
      ms: 1000,
      succeeded: 7,
      parked: 7,
      heapUsed: 5,
      latencies: [4, 6],
      state: 'down',
    });
  });

  test('quantiles lie between the bounds that hold them', () => {
    expect(quantile([0, 0, 0], [1, 2], 0.5)).toBeNull();
    expect(quantile([10, 0, 0], [1, 2], 0.5)).toBe(0.5);
    expect(quantile([5, 5, 0], [1, 2], 0.9)).toBeCloseTo(1.8);
    expect(quantile([0, 0, 5], [1, 2], 0.99)).toBe(2);
    // 4168 ms were shown where the slowest had taken 2831.
    expect(quantile([0, 5, 0], [2048, 4096], 0.99, 2831)).toBe(2831);
  });
});

describe('the history', () => {
  test('shows each span once: fine where it is fresh, coarse where it is old', () => {
    const history = new History([
      { ms: 1, keep: 4 },
      { ms: 10, keep: 10 },
    ]);
    for (let at = 0; at < 47; ++at) history.add(bin(at, 1));
    const bins = history.bins();
    for (let i = 1; i < bins.length; ++i) expect(bins[i - 1].at + bins[i - 1].ms).toBeLessThanOrEqual(bins[i].at);
    expect(bins.slice(-4).map(({ at }) => at)).toEqual([43, 44, 45, 46]);
    expect(bins.slice(0, 4)).toEqual(
      [0, 10, 20, 30].map((at) => expect.objectContaining({ at, ms: 10, succeeded: 10 })),
    );
  });

  test('a gap, in which the process slept, is a gap', () => {
    const history = new History([
      { ms: 1, keep: 2 },
      { ms: 10, keep: 10 },
    ]);
    for (const at of [0, 1, 2, 503, 504, 515]) history.add(bin(at, 1));
    expect(history.bins().map(({ at, ms, succeeded }) => [at, ms, succeeded])).toEqual([
      [0, 3, 3],
      [504, 1, 1],
      [515, 1, 1],
    ]);
  });

  test('a week is kept within its bounds', () => {
    const history = new History();
    const total = kLevels.reduce((sum, { keep }) => sum + keep, 0);
    for (let at = 0; at < 7 * 86_400_000; at += 500) history.add(bin(at, 500));
    const bins = history.bins();
    expect(bins.length).toBeLessThanOrEqual(total);
    const span = bins[bins.length - 1].at - bins[0].at;
    expect(span).toBeGreaterThan(23 * 3_600_000);
    expect(span).toBeLessThanOrEqual(24 * 3_600_000 + 60_000);
  });
});
