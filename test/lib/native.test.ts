/** The seam refuses what it is not made for, in words. */
import { native } from '../../lib/native';

test('wrong arguments are refused, not crashed on', () => {
  const Supervisor = native.NativeSupervisor as unknown as new (...args: unknown[]) => unknown;
  class Problem extends Error {}
  const host = { canReplace: true, hasProbe: false, hasClient: true, seed: 1, now: 0, ConfigError: Problem };
  for (const args of [
    [],
    [{}],
    [{}, {}],
    [{}, { ...host, block: new Float64Array(3) }],
    [{}, { ...host, block: {} }],
  ]) {
    expect(() => new Supervisor(...args)).toThrow('NativeSupervisor expects');
  }
  const block = new Float64Array(native.controlBlockLength);
  expect(() => new Supervisor({ reconnect: { maxAttempts: -1 } }, { ...host, block })).toThrow(Problem);
  const sound = new Supervisor({}, { ...host, block }) as Record<string, (...args: unknown[]) => unknown>;
  const hostile = [undefined, null, NaN, -1, Infinity, 1e300, 'text', {}, [], Symbol.iterator, () => 0];
  for (const value of hostile) {
    for (const method of [
      'admit',
      'onSucceeded',
      'onCancelled',
      'onActivity',
      'onProbeResult',
      'onVerified',
      'onDelivered',
      'onMade',
      'onDrained',
      'onClosed',
      'requestReplacement',
      'onTick',
    ]) {
      expect(() => sound[method](value, value, value, value)).not.toThrow();
    }
    for (const method of ['onFailed', 'onHanging']) {
      expect(() =>
        sound[method](1, { tries: value, ticket: value, kind: value, shape: value }, {}, value),
      ).not.toThrow();
      expect(() => sound[method](1)).toThrow(`${method} expects`);
    }
  }
});
