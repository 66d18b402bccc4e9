import {
  type Sample,
  peakOpenedPerSecond,
  rateSince,
  recoveryAfter,
  steadyRate,
  windowMs,
} from '../../../../lib/cli/drill/traffic';

/** One sample every 100 ms; `answers` and `opened` say how many came since the one before. */
function series(answers: readonly number[], opened: readonly number[] = []): Sample[] {
  let [answered, connections] = [0, 0];
  return answers.map((count, i) => {
    answered += count;
    connections += opened[i] ?? 0;
    return { at: i * 100, answers: answered, open: 1, opened: connections, fromApplication: 0, fromDatabase: 0 };
  });
}

const repeat = (count: number, times: number): number[] => Array<number>(times).fill(count);

test('the rate is of the samples since a moment', () => {
  const samples = series([0, ...repeat(10, 10), ...repeat(2, 10)]);
  expect(rateSince(samples, 0)).toBe(60);
  expect(rateSince(samples, 1000)).toBe(20);
  expect(rateSince(samples, 5000)).toBe(0);
  expect(rateSince([], 0)).toBe(0);
});

test.each([
  [[], undefined],
  [[100], undefined],
  [[100, 120], 110],
  [[4, 0], undefined],
  [[4, 0, 200], undefined],
  [[4, 0, 200, 210], 205],
  [[300, 100, 101], 100.5],
  [[0, 0], undefined],
  [[8, 0, 8, 0, 8, 0, 8], undefined],
  [[8, 0, 8, 0, 8, 0, 8, 0], 4],
])('windows of %j answers/s: a healthy rate of %p', (rates, expected) => {
  expect(steadyRate(rates)).toBe(expected);
});

test.each([
  [100, 1000],
  [10, 1000],
  [4, 2500],
  [0.1, 5000],
  [0, 5000],
])('%d answers/s are counted over %d ms', (rate, window) => {
  expect(windowMs(rate)).toBe(window);
});

describe('recovery, at 100 answers/s while healthy', () => {
  const after = (answers: readonly number[]) => recoveryAfter(series([5, 5, 0, ...answers]), 200, 100);

  test('no sample, no recovery', () => {
    expect(recoveryAfter([], 0, 100)).toEqual({ firstAnswerMs: null, recoveredMs: null });
  });

  test('answers before the fault ended do not count', () => {
    expect(after(repeat(0, 30))).toEqual({ firstAnswerMs: null, recoveredMs: null });
  });

  test('half the rate is enough', () => {
    expect(after([0, 0, ...repeat(5, 20)])).toEqual({ firstAnswerMs: 300, recoveredMs: 300 });
  });

  test('less than half is not', () => {
    expect(after([0, 0, ...repeat(4, 50)])).toEqual({ firstAnswerMs: 300, recoveredMs: null });
  });

  test('counts from where the steady flow begins, not from a first drop', () => {
    expect(after([1, ...repeat(0, 20), ...repeat(10, 20)])).toMatchObject({ firstAnswerMs: 100, recoveredMs: 2200 });
  });

  test('is not known before a whole window has passed', () => {
    expect(after(repeat(10, 5))).toEqual({ firstAnswerMs: 100, recoveredMs: null });
  });
});

test('a load of one answer in ten seconds has recovered with its next answer', () => {
  const samples = series([0, ...repeat(0, 30), 1, ...repeat(0, 40)]);
  expect(recoveryAfter(samples, 0, 0.1)).toEqual({ firstAnswerMs: 3100, recoveredMs: 3100 });
});

test('a storm is the most connections within one second', () => {
  const samples = series(repeat(0, 40), [1, ...repeat(0, 9), 3, 4, ...repeat(0, 9), 5, 5, 5, ...repeat(0, 15)]);
  expect(peakOpenedPerSecond(samples, 0)).toBe(15);
  expect(peakOpenedPerSecond(samples, 2500)).toBe(0);
});
