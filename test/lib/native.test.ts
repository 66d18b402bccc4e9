/** The seam refuses what it is not made for, in words. */
import { ConfigError } from '../../lib/errors';
import { native } from '../../lib/native';

test('wrong arguments are refused with the name of record and field, not crashed on', () => {
  const config = new native.NativeConfig({}, ConfigError);
  const abilities = { canReplace: true, hasProbe: false, hasClient: true };
  const sound = new native.NativeSupervisor(config, abilities, 1, 0) as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const Supervisor = native.NativeSupervisor as unknown as new (...args: unknown[]) => unknown;
  expect(() => new Supervisor()).toThrow('NativeSupervisor: config must be a NativeConfig, and is undefined');
  expect(() => new Supervisor(config, {}, 1, 0)).toThrow(
    'HostAbilities.canReplace must be a boolean, and is undefined',
  );
  expect(() => new Supervisor(config, { ...abilities, hasPorbe: true }, 1, 0)).toThrow(
    "HostAbilities has no field 'hasPorbe'",
  );
  expect(() => sound.onVerified(1, 2, 'fine')).toThrow("NativeSupervisor.onVerified: verdict must be one of 'ok', ");
  expect(() => sound.onProbeResult(1, { verdict: 'up' })).toThrow('ProbeResult.role must be one of ');
  expect(() => sound.onSucceeded(1, 0.5)).toThrow('ticket must be a whole number, 0 or more, and is 0.5');
  expect(() => sound.admit.call({}, 1)).toThrow();
  const refused = () => new native.NativeConfig({ reconnect: { maxAttempts: -1 } }, ConfigError);
  expect(refused).toThrow(ConfigError);
});
