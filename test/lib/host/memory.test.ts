import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exposeCollector } from '../../../lib/host/collector';
import { statedLimit } from '../../../lib/host/heap';
import { MemoryWatch } from '../../../lib/host/memory';
import { ConfigError } from '../../../lib/errors';
import { native } from '../../../lib/native';

const kMiB = 1024 * 1024;
const kHook = join(__dirname, '../../support/typescript-hook.cjs');

type Event = { event: string } & Record<string, number>;

function runChild(flags: string[], ...args: string[]): Event[] {
  const output = execFileSync(process.execPath, [...flags, '-r', kHook, join(__dirname, 'memory-child.ts'), ...args], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as Event[];
}

function watch(config: object = {}): MemoryWatch {
  const ignore = () => undefined;
  return new MemoryWatch({
    config: new native.NativeConfig(config, ConfigError),
    intervalMs: 5000,
    onHigh: ignore,
    onCollected: ignore,
    onGrowth: ignore,
  });
}

/** A control group with a limit, where this machine lets one be made; otherwise why not. */
function makeGroup(limit: number): { path: string } | { refused: string } {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  const v1 = /^\d+:memory:(.*)$/m.exec(own)?.[1];
  const v2 = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
  const parent = v1 === undefined ? join('/sys/fs/cgroup', v2) : join('/sys/fs/cgroup/memory', v1);
  const path = join(parent, `memory-watch-${process.pid}`);
  try {
    mkdirSync(path);
    writeFileSync(join(path, v1 === undefined ? 'memory.max' : 'memory.limit_in_bytes'), String(limit));
    return { path };
  } catch (error) {
    if (existsSync(path)) rmdirSync(path);
    return { refused: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

test('a heap that really fills is reported once per crossing, collected and given back', () => {
  // A small young generation: what the child fills is soon seen to live.
  const events = runChild(['--max-old-space-size=64', '--max-semi-space-size=1'], 'heap');
  const names = events.map(({ event }) => event);
  expect(names).toEqual(['filled', 'memory:high', 'gc:executed', 'memory:high', 'end']);
  const [, high, collected, again, end] = events;

  expect(high.measure).toBe('heap');
  expect(high.percent).toBeGreaterThanOrEqual(85);
  expect(high.percent).toBeLessThan(101);
  expect(high.used / high.limit).toBeCloseTo(high.percent / 100, 3);
  expect(high.limit).toBe(64 * kMiB);
  expect(collected.heapBefore - collected.heapAfter).toBeGreaterThan(0.5 * collected.heapBefore);
  // Of 256 MiB of native blocks. What else the process has in memory changes by some 20 MiB on a busy machine.
  expect(collected.rssBefore - collected.rssAfter).toBeGreaterThan(192 * kMiB);
  expect(again.percent).toBeGreaterThanOrEqual(85);
  // Exposing the collector to ourselves exposes it to nobody else.
  expect(end.gcExposed).toBe('undefined');
});

test("the container's limit counts, in a real control group where this machine lets one be made", () => {
  const group = makeGroup(256 * kMiB);
  if ('refused' in group) {
    expect(['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EINVAL']).toContain(group.refused);
    return;
  }
  try {
    const events = runChild([], 'container', group.path);
    const high = events.filter(({ event }) => event === 'memory:high');
    expect(high).toHaveLength(1);
    expect(high[0].measure).toBe('container');
    expect(high[0].limit).toBe(256 * kMiB);
    expect(high[0].percent).toBeGreaterThanOrEqual(85);
    expect(events.at(-1)?.limit).toBe(256 * kMiB);
  } finally {
    rmdirSync(group.path);
  }
});

test('a healthy process is not high: the heap is compared with its real limit', () => {
  const { advice, sample } = watch().sample();
  expect(advice.high).toBeUndefined();
  expect(advice.collect).toBe(false);
  expect(sample.rss).toBeGreaterThan(10 * kMiB);
  expect(sample.heapLimit).toBeGreaterThan(sample.heapUsed);
});

test('the collector is found without a flag, and collects', async () => {
  const collector = exposeCollector();
  expect(collector).toBeDefined();
  const held = { garbage: { big: new Array(100_000).fill(0).map((_, i) => ({ i })) } as object | undefined };
  const reference = new WeakRef(held.garbage as object);
  held.garbage = undefined;
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds its target until the turn ends
  collector?.collect();
  expect(reference.deref()).toBeUndefined();
});

test.each([
  [{}, [], '', undefined],
  [{}, ['--max-old-space-size=64'], '', 64],
  [{}, ['--max_old_space_size=64'], '--max-old-space-size=128', 64],
  [{}, ['--inspect'], '--require x --max-old-space-size=128', 128],
  [{}, ['--max-old-space-size=64', '--max-old-space-size=96'], '', 96],
  [{}, ['--max-old-space-size=0'], '', undefined],
  [{ maxOldGenerationSizeMb: 32 }, ['--max-old-space-size=64'], '', 32],
])('the limit stated by %j, %j and %j is %s MiB', (limits, execArgv, nodeOptions, expected) => {
  expect(statedLimit(limits, execArgv, nodeOptions)).toBe(expected === undefined ? undefined : expected * kMiB);
});

test('a wrong configuration is refused as everywhere else', () => {
  expect(() => watch({ memory: { gcThreshold: 2 } })).toThrow(ConfigError);
});
