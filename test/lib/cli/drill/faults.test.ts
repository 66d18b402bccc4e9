import { chooseFaults, kFaults } from '../../../../lib/cli/drill/faults';

test('all of them by default, each with a name of its own', () => {
  expect(chooseFaults(undefined)).toBe(kFaults);
  expect(new Set(kFaults.map(({ name }) => name)).size).toBe(kFaults.length);
});

test('some by name, in that order, with durations', () => {
  const chosen = chooseFaults('swallow:250, reset').map(({ name, durationMs }) => [name, durationMs]);
  expect(chosen).toEqual([
    ['swallow', 250],
    ['reset', 0],
  ]);
});

test.each(['nonsense', '', 'reset,', 'stop:abc', 'stop:-1', 'stop:1:2', 'stop:600001'])('refuses %p', (list) => {
  expect(() => chooseFaults(list)).toThrow(/--faults/);
});
