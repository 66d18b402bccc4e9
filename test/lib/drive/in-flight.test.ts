import { type Moment, milliseconds } from '../../../lib/drive/clock';
import type { ServingGeneration } from '../../../lib/host/generation';
import { InFlight, latencyBucket, startOf } from '../../../lib/drive/in-flight';
import { Attempt } from '../../../lib/host/run';
import { type ControlBlock, slots } from '../../../lib/native';

function generation(): ServingGeneration {
  return { epoch: 7, inFlight: 0, onIdle: undefined } as ServingGeneration;
}

/** `ms` after some moment, which falls between two of the second's ends. */
function moment(ms: number): Moment {
  const nanoseconds = 999_990_000 + ms * 1e6;
  return [100 + Math.floor(nanoseconds / 1e9), nanoseconds % 1e9];
}

const since = (ms: number): number => milliseconds(moment(ms));

/** Three tries under way, begun at 10, 20 and 30 ms. */
function three() {
  const inFlight = new InFlight(new Float64Array(slots.length) as ControlBlock);
  const serving = generation();
  const tries = [10, 20, 30].map((at) => {
    const entry = new Attempt(undefined as never, serving);
    inFlight.begin(entry, serving, moment(at));
    return entry;
  });
  return { inFlight, serving, tries };
}

const count = ({ block }: InFlight) => ({
  started: block[slots.started],
  succeeded: block[slots.succeeded],
  failed: block[slots.failed],
});

test('what runs is listed in the order in which it began', () => {
  const { inFlight, serving, tries } = three();
  expect(inFlight.entries()).toEqual(tries);
  expect(tries.map((entry) => [entry.epoch, startOf(entry)])).toEqual([
    [7, since(10)],
    [7, since(20)],
    [7, since(30)],
  ]);
  expect(serving.inFlight).toBe(3);
});

test.each([
  ['first', [0, 1, 2]],
  ['last', [2, 1, 0]],
  ['middle one', [1, 0, 2]],
])('the %s may end first', (_which, order) => {
  const { inFlight, serving, tries } = three();
  const left = new Set(tries);
  for (const index of order) {
    const entry = tries[index]!;
    inFlight.succeeded(entry, moment(40));
    left.delete(entry);
    expect(inFlight.entries()).toEqual([...left]);
    expect(serving.inFlight).toBe(left.size);
    expect(entry).toMatchObject({ inFlight: false, previous: undefined, next: undefined });
  }
  expect(count(inFlight)).toEqual({ started: 3, succeeded: 3, failed: 0 });
});

test('a generation that waits to be idle is told once nothing is left', () => {
  const { inFlight, serving, tries } = three();
  const idle = jest.fn();
  serving.onIdle = idle;
  inFlight.failed(tries[0]!);
  inFlight.succeeded(tries[2]!, moment(50));
  expect(idle).not.toHaveBeenCalled();
  inFlight.failed(tries[1]!);
  expect(idle).toHaveBeenCalledTimes(1);
  expect(count(inFlight)).toEqual({ started: 3, succeeded: 1, failed: 2 });
});

test('the oldest one is told of where it is asked for', () => {
  const { inFlight, tries } = three();
  const oldest = () => {
    inFlight.publishOldest();
    return inFlight.block[slots.oldestInFlight];
  };
  expect(oldest()).toBe(since(10));
  inFlight.failed(tries[0]!);
  expect(oldest()).toBe(since(20));
  inFlight.failed(tries[1]!);
  inFlight.failed(tries[2]!);
  expect(oldest()).toBe(0);
});

test('successes leave their time and latency, failures do not', () => {
  const { inFlight, tries } = three();
  inFlight.succeeded(tries[1]!, moment(25));
  inFlight.succeeded(tries[0]!, moment(40));
  inFlight.failed(tries[2]!);
  const { block } = inFlight;
  expect(block[slots.latencyMin]).toBeCloseTo(5, 9);
  expect(block[slots.latencyMax]).toBeCloseTo(30, 9);
  expect(block[slots.lastCompletion]).toBe(since(40));
  const recorded = [...block.slice(slots.latencyBuckets).entries()].filter(([, samples]) => samples > 0);
  expect(recorded).toEqual([
    [latencyBucket(5), 1],
    [latencyBucket(30), 1],
  ]);
});

describe('a latency bucket', () => {
  test.each([
    [0, 0],
    [-1, 0],
    [0.015, 15],
    [0.016, 16],
    [0.031, 31],
    [0.033, 32],
  ])('of %d ms is %d', (ms, bucket) => {
    expect(latencyBucket(ms)).toBe(bucket);
  });

  test('is the same or a later one for more, and always one of the block', () => {
    let before = 0;
    for (let ms = 0.001; ms < 1e12; ms *= 1.03) {
      const bucket = latencyBucket(ms);
      expect(bucket).toBeGreaterThanOrEqual(before);
      before = bucket;
    }
    expect(slots.latencyBuckets + latencyBucket(Infinity)).toBeLessThan(slots.length);
  });
});
