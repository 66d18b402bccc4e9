/** Really fills its heap or its container, and tells on stdout what the memory watch made of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '../../../lib/errors';
import { heapUse } from '../../../lib/host/heap';
import { MemoryWatch } from '../../../lib/host/memory';
import { native } from '../../../lib/native';

const kMiB = 1024 * 1024;
const events: unknown[] = [];
let collected = (): void => undefined;
const collection = new Promise<void>((resolve) => (collected = resolve));
const watch = new MemoryWatch({
  config: new native.NativeConfig({}, ConfigError),
  intervalMs: 3_600_000,
  onHigh: (percent, detail) => events.push({ event: 'memory:high', percent, ...detail }),
  onCollected: (detail) => {
    events.push({ event: 'gc:executed', ...detail });
    collected();
  },
  onGrowth: (growth) => events.push({ event: 'growth', ...growth }),
});
watch.start();

function heapShare(): number {
  const { used, limit } = heapUse();
  return used / limit;
}

/** Live objects on V8's heap, until `share` of its limit is used. */
function fillHeap(share: number): unknown[] {
  const live: unknown[] = [];
  while (heapShare() < share) for (let i = 0; i < 200; i++) live.push({ i, text: `value ${i} ${live.length}` });
  return live;
}

/** 256 MiB, in blocks that the allocator keeps rather than returns. */
function fillNative(): Buffer[] {
  return Array.from({ length: 4096 }, () => Buffer.allocUnsafeSlow(64 * 1024).fill(1));
}

/**
 * Fills both, lets them go, and answers one block, which stays. What a function has had in hand, its frame holds on to. The
 * blocks come first: each 32 MiB of them make V8 collect, and after four collections of a full heap in vain it ends the
 * process.
 */
function fillAndLetGo(): Buffer | undefined {
  const blocks = fillNative();
  const live = fillHeap(0.87);
  events.push({ event: 'filled', objects: live.length, buffers: blocks.length });
  return blocks.pop();
}

async function heap(): Promise<void> {
  watch.sample();
  const pin = fillAndLetGo();
  watch.sample(); // high: collects what was just let go
  const alive = setTimeout(() => undefined, 60_000); // the watch's own timers do not
  await collection;
  clearTimeout(alive);
  watch.sample();
  const live = fillHeap(0.87);
  watch.sample(); // a second crossing, within a minute of the collection
  watch.sample(); // still high: nothing new
  events.push({ event: 'end', gcExposed: typeof globalThis.gc, pinned: pin?.length, objects: live.length });
}

function container(group: string): void {
  writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
  watch.sample();
  const blocks: Buffer[] = [];
  const advice = () => watch.sample().sample;
  let last = advice();
  while (last.containerUsed < 0.87 * last.containerLimit && blocks.length < 1000) {
    blocks.push(Buffer.alloc(kMiB, 1));
    last = advice();
  }
  events.push({ event: 'end', limit: last.containerLimit, blocks: blocks.length });
}

const told = process.argv[2] === 'heap' ? heap() : Promise.resolve(container(process.argv[3]));
void told.then(() => process.stdout.write(JSON.stringify(events)));
