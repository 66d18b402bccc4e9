/** The memory that a client and its core share, taken away by a script. */
import { ConfigError } from '../../lib/errors';
import { native, slots } from '../../lib/native';

function supervisor() {
  const config = new native.NativeConfig({}, ConfigError);
  return new native.NativeSupervisor(config, { canReplace: true, hasProbe: false, hasClient: true }, 1, 0);
}

test('it is made by the core, and of a fixed size', () => {
  const block = supervisor().block();
  expect(block).toHaveLength(slots.length);
  expect((block.buffer as { resizable?: boolean }).resizable ?? false).toBe(false);
  expect(block[slots.tickDue]).toBeGreaterThan(0);
});

test('transferred to somebody else: each input is refused, and nothing is read or written', () => {
  const core = supervisor();
  const block = core.block();
  const elsewhere = structuredClone(block, { transfer: [block.buffer] });
  elsewhere.fill(7);
  expect(block).toHaveLength(0);
  const operation = { kind: 'read', shape: 'single', hasUserCode: false } as const;
  const refusals = [
    () => core.onTick(1),
    () => core.admit(1, operation),
    () => core.takeEffects(),
    () => core.stats(1),
    () => core.latency(),
  ];
  for (const refused of refusals) expect(refused).toThrow('transferred away');
  expect([...elsewhere].every((value) => value === 7)).toBe(true);
  expect(core.connected()).toBe(false); // what needs no memory goes on
});

test('transferred by a getter in the middle of an input: looked up after the arguments are read', () => {
  const core = supervisor();
  const facts = {
    get message(): string {
      const block = core.block();
      if (block.length > 0) structuredClone(block, { transfer: [block.buffer] });
      return 'gone';
    },
  };
  const failed = {
    ticket: 0,
    operation: { kind: 'read', shape: 'single', hasUserCode: false } as const,
    firstStartedMs: 1,
    tryStartedMs: 1,
    tries: 1,
    epoch: 0,
  };
  expect(() => core.onFailed(2, failed, facts)).toThrow('transferred away');
});
