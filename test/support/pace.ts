/**
 * How slow this machine is at the moment, so that limits which are real time in a test (a deadline, Prisma's maxWait, how
 * long a test looks) mean the same on a busy one: what they allow is work, not seconds.
 */
import { performance } from 'node:perf_hooks';

/** So much processor time tells a busy machine from a quiet one. */
const kSampleMs = 15;
/** A measurement is good for so long. */
const kFreshMs = 2000;
/** A machine that is slower than that gets no more patience: then a test should fail rather than last. */
const kSlowest = 12;

let measured = 1;
let measuredAt = -Infinity;

/** 1 on a quiet machine; 3 where this process gets a third of a core. */
export function slowness(): number {
  if (performance.now() - measuredAt > kFreshMs) {
    measured = measure();
    measuredAt = performance.now();
  }
  return measured;
}

/** A limit of `ms` on a quiet machine, as much longer as this one is slower. Never shorter. */
export function paced(ms: number): number {
  return Math.ceil(ms * slowness());
}

function measure(): number {
  const began = performance.now();
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < kSampleMs) {
    for (let n = 0; n < 10_000; n += 1) Math.sqrt(n);
    const { user, system } = process.cpuUsage(before);
    spent = (user + system) / 1000;
  }
  return Math.min(kSlowest, Math.max(1, (performance.now() - began) / spent));
}
