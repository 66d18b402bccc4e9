/**
 * Every entry point of the addon, called with whatever JavaScript has: it answers or throws, and the process lives. The
 * run is the same each time; RESILIENCE_FUZZ_SEED and RESILIENCE_FUZZ_ROUNDS make another one, or a longer one.
 */
import { ConfigError } from '../../lib/errors';
import { native } from '../../lib/native';
import { probeAddon } from '../../lib/native-probe';
import { hostile, ofKnown } from '../support/hostile';
import { RecordMaker } from '../support/native_records';
import { Random } from '../support/random';

const kSeed = Number(process.env.RESILIENCE_FUZZ_SEED ?? 20250607);
const kRounds = Number(process.env.RESILIENCE_FUZZ_ROUNDS ?? 1000);

type Any = (...args: unknown[]) => unknown;
type Class = new (...args: unknown[]) => Record<string, Any>;

const schema = native.describe();
const maker = new RecordMaker(schema);
const namesOf = (record: string) => schema.records.find(({ name }) => name === record)!.fields.map(({ name }) => name);
const kFacts = namesOf('ErrorFacts');
const kTry = namesOf('FailedAttempt');
const kProbeResult = namesOf('ProbeResult');
const kInDoubt = [...namesOf('Learned'), ...namesOf('Observed')];
const kNames = [...kFacts, ...kTry, ...kProbeResult, ...kInDoubt, ...namesOf('HostAbilities')];
const kConfigPaths = native.configKeys().map(({ path }) => path);

/** A configuration of known keys, most of their values wrong. */
function config(random: Random): unknown {
  if (random.chance(0.2)) return hostile(random);
  const made: Record<string, unknown> = {};
  for (let i = random.between(0, 4); i > 0; --i) {
    const names = kConfigPaths[random.between(0, kConfigPaths.length - 1)].split('.');
    const last = names.pop()!;
    let group = made;
    for (const name of names) group = (group[name] ??= {}) as Record<string, unknown>;
    if (typeof group === 'object') group[last] = hostile(random, 2);
  }
  return made;
}

function anything(random: Random): unknown {
  return random.chance(0.2) ? config(random) : hostile(random, 0, kNames);
}

/** It answers or throws; what is refused is told shortly, and without passwords. */
function survive(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    const { message, problems = [message] } = error as { message?: unknown; problems?: unknown[] };
    expect(String(message)).not.toContain('hunter2');
    for (const problem of problems) expect(String(problem).length).toBeLessThan(1000);
    return undefined;
  }
}

function anyArguments(random: Random): unknown[] {
  return Array.from({ length: random.between(0, 8) }, () => anything(random));
}

/** Arguments as they should be, one of them perhaps not. */
function nearlyRight(random: Random, right: readonly unknown[]): unknown[] {
  const given = [...right];
  if (random.chance(0.7) && given.length > 0) given[random.between(0, given.length - 1)] = anything(random);
  return given;
}

/** A record as it should be, some of its fields perhaps not. */
function nearly(random: Random, record: string, names: readonly string[]): object {
  const right = maker.record(record);
  if (random.chance(0.7)) return right;
  return Object.defineProperties(right, Object.getOwnPropertyDescriptors(ofKnown(random, 3, names)));
}

function methodsOf(instance: object): string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(instance)).filter((name) => name !== 'constructor');
}

const addon = native as unknown as Record<string, unknown>;
const functions = Object.keys(addon).filter((name) => typeof addon[name] === 'function' && !name.startsWith('Native'));

test('there are functions and classes to try', () => {
  expect(functions.length).toBeGreaterThanOrEqual(10);
});

test.each(functions)('%s()', (name) => {
  const random = new Random(kSeed);
  for (let i = 0; i < kRounds; ++i) survive(() => (addon[name] as Any)(...anyArguments(random)));
});

const abilities = (random: Random) => ({
  canReplace: random.chance(0.5),
  hasProbe: random.chance(0.5),
  hasClient: random.chance(0.5),
  serving: random.chance(0.5) ? '127.0.0.1:5432' : undefined,
});
const defaults = () => new native.NativeConfig({}, ConfigError);
const supervisorArguments = (random: Random) => [defaults(), abilities(random), random.between(0, 1e9), 1];

const classes: Record<string, (random: Random) => unknown[]> = {
  NativeConfig: () => [{}, ConfigError],
  NativeSupervisor: supervisorArguments,
  NativeLogger: (random) => [random.pick(['trace', 'info', 'silent'])],
  NativeCircuitBreaker: () => [defaults()],
  NativeBulkhead: (random) => [defaults(), random.pick(['read', 'write', 'reporting'])],
  NativeRetrySchedule: () => [
    { maxRetries: 3, firstAtOnce: false, initialDelayMs: 10, maxDelayMs: 100, backoff: 'linear', jitter: 'full' },
    1,
  ],
  NativeMemoryMonitor: () => [defaults(), 1],
  NativeOutageReport: () => [],
  NativeSlowOperations: () => [defaults()],
  NativeHoldWatch: () => [defaults()],
  NativeRedactor: () => [],
};

test('every class is tried', () => {
  expect(Object.keys(addon).filter((name) => name.startsWith('Native'))).toEqual(
    expect.arrayContaining(Object.keys(classes)),
  );
  expect(Object.keys(addon).filter((name) => name.startsWith('Native'))).toHaveLength(Object.keys(classes).length);
});

test.each(Object.entries(classes))('%s: constructed with anything', (name, right) => {
  const random = new Random(kSeed);
  for (let i = 0; i < kRounds / 2; ++i) {
    const given = random.chance(0.3) ? anyArguments(random) : nearlyRight(random, right(random));
    survive(() => new (addon[name] as Class)(...given));
    survive(() => (addon[name] as Any)(...given)); // without `new`
  }
});

test.each(Object.entries(classes))('%s: its methods called with anything', (name, right) => {
  const random = new Random(kSeed);
  const others = Object.entries(classes).map(([other, args]) => new (addon[other] as Class)(...args(random)));
  let instance = new (addon[name] as Class)(...right(random));
  const methods = methodsOf(instance);
  expect(methods.length).toBeGreaterThan(0);
  for (let i = 0; i < kRounds * 2; ++i) {
    if (i % 500 === 499) instance = new (addon[name] as Class)(...right(random));
    const method = methods[random.between(0, methods.length - 1)];
    const now = i * random.between(1, 1000);
    const sensible = [now, nearly(random, 'FailedAttempt', kTry), nearly(random, 'ErrorFacts', kFacts), undefined];
    const given = random.chance(0.5) ? nearlyRight(random, sensible) : anyArguments(random);
    survive(() => instance[method](...given));
    // Another object's method, and a method of ours on another object.
    if (i % 20 === 0) survive(() => instance[method].apply(others[random.between(0, others.length - 1)], given));
    if (i % 20 === 10) survive(() => instance[method].apply(anything(random), given));
  }
});

test('getters that come back to the same supervisor', () => {
  const random = new Random(kSeed);
  const supervisor = new (addon.NativeSupervisor as Class)(...supervisorArguments(random));
  const back = {
    enumerable: true,
    get: () => supervisor.onFailed(2, maker.record('FailedAttempt'), {}) && supervisor.takeEffects(),
  };
  const facts = Object.defineProperties({}, { message: back, code: back, probe: back });
  const attempt = Object.defineProperties(maker.record('FailedAttempt'), { ticket: back, tries: back });
  for (let i = 0; i < 200; ++i) survive(() => supervisor.onFailed(i, attempt, facts));
  expect(supervisor.stats(1000)).toMatchObject({ parked: expect.any(Number) as number });
});

test('a supervisor that has seen all of it still counts in whole numbers', () => {
  const random = new Random(kSeed);
  const supervisor = new (addon.NativeSupervisor as Class)(...supervisorArguments(random));
  for (let i = 0; i < kRounds; ++i) {
    survive(() => supervisor.onFailed(i, nearly(random, 'FailedAttempt', kTry), nearly(random, 'ErrorFacts', kFacts)));
    survive(() => supervisor.onProbeResult(i, nearly(random, 'ProbeResult', kProbeResult)));
    survive(() => supervisor.admit(i, nearly(random, 'Operation', namesOf('Operation'))));
    if (i % 10 === 0) supervisor.takeEffects();
  }
  for (const [name, value] of Object.entries(supervisor.stats(kRounds) as object)) {
    if (typeof value === 'number')
      expect({ name, sound: Number.isFinite(value) && value >= 0 }).toEqual({ name, sound: true });
  }
});

describe('the probe', () => {
  const kOptions = ['url', 'parameters', 'tcp', 'intervalMs', 'downIntervalMs', 'timeoutMs', 'seed', 'monitor'];
  const probe = probeAddon().addon as unknown as Record<string, Class>;
  const right = {
    url: 'postgres://app@127.0.0.1:1/app',
    intervalMs: 3_600_000,
    downIntervalMs: 3_600_000,
    timeoutMs: 1000,
    seed: 1,
  };

  test('made with anything, told anything', () => {
    const random = new Random(kSeed);
    for (let i = 0; i < kRounds / 4; ++i) {
      const wrong = ofKnown(random, 1, kOptions);
      survive(() => {
        // Nothing here may reach beyond this machine: it is made, and not told to look.
        const made = new probe.NativeProbe(random.chance(0.8) ? { ...right, ...wrong } : wrong, () => undefined);
        survive(() => made.start(anything(random) === 0 ? NaN : 'x'));
        made.stop(...anyArguments(random));
        made.close(...anyArguments(random));
        for (const method of methodsOf(made)) survive(() => made[method](...anyArguments(random)));
      });
      survive(() => new probe.NativeProbe(...anyArguments(random)));
    }
  });

  test('the loop monitor', () => {
    const random = new Random(kSeed);
    for (let i = 0; i < kRounds; ++i) {
      survive(() => {
        const monitor = new probe.NativeLoopMonitor(...nearlyRight(random, [100, 100]));
        for (const method of methodsOf(monitor)) survive(() => monitor[method](...anyArguments(random)));
      });
    }
  });
});
