/** Runs a load behind the proxy, makes one fault after the other, and notes what becomes of the traffic. */
import { performance } from 'node:perf_hooks';

import { UsageError } from '../usage';
import type { Fault } from './faults';
import type { Load, LoadEnd } from './load';
import type { FaultProxy } from '../../faults/network/fault-proxy';
import {
  type Recovery,
  type Sample,
  peakOpenedPerSecond,
  rateSince,
  recoveryAfter,
  steadyRate,
  windowMs,
} from './traffic';

/**
 * - `recovered`: answers flow at half their healthy rate again, or better.
 * - `crippled`: some flow, fewer than that.
 * - `silent`: none came.
 * - `load-ended`: the load command ended during it.
 * - `not-run`: the load had ended before, or the drill was interrupted before it was known.
 */
export type FaultVerdict = 'recovered' | 'crippled' | 'silent' | 'load-ended' | 'not-run';

export interface FaultOutcome extends Recovery {
  readonly name: string;
  readonly what: string;
  readonly durationMs: number;
  readonly verdict: FaultVerdict;
  readonly connections: { readonly before: number; readonly after: number };
  readonly answersPerSecond: { readonly before: number; readonly after: number };
  /** Connections that the fault reset or cut; null where it struck the network as a whole. */
  readonly struck: number | null;
  /** From the fault's beginning on: a reconnect storm shows here. */
  readonly peakNewConnectionsPerSecond: number;
  /** Since the fault's end. */
  readonly bytes: { readonly fromApplication: number; readonly fromDatabase: number };
  readonly errorLines: number;
}

export interface DrillResult {
  readonly healthy: { readonly connections: number; readonly answersPerSecond: number };
  readonly faults: readonly FaultOutcome[];
  readonly loadEndedItself: LoadEnd | null;
}

interface DrillOptions {
  readonly proxy: FaultProxy;
  readonly load: Load;
  readonly faults: readonly Fault[];
  /** Of undisturbed traffic before each fault. */
  readonly settleMs: number;
  /** For the first answer of all. */
  readonly startMs: number;
  /** For the traffic to come back after a fault. */
  readonly recoverMs: number;
  readonly interrupted: AbortSignal;
  onFault(fault: Fault): void;
  onOutcome(outcome: FaultOutcome): void;
}

const kSampleMs = 25;

export class Drill {
  private samples: Sample[] = [];
  private wake: () => void = () => undefined;

  constructor(private readonly options: DrillOptions) {
    void options.load.ended.then(() => this.wake());
    options.interrupted.addEventListener('abort', () => this.wake(), { once: true });
  }

  /** Throws UsageError where the load shows no traffic to begin with. */
  async run(): Promise<DrillResult> {
    const sampler = setInterval(() => this.sample(), kSampleMs);
    try {
      return await this.runThrough();
    } finally {
      clearInterval(sampler);
    }
  }

  private async runThrough(): Promise<DrillResult> {
    const { faults } = this.options;
    await this.untilTraffic();
    const answersPerSecond = await this.healthyRate();
    const healthy = { connections: this.sample().open, answersPerSecond };
    const outcomes: FaultOutcome[] = [];
    for (const fault of faults) {
      const outcome = this.isOver ? notRun(fault) : await this.make(fault, healthy.answersPerSecond);
      outcomes.push(outcome);
      this.options.onOutcome(outcome);
    }
    return { healthy, faults: outcomes, loadEndedItself: this.options.load.end ?? null };
  }

  private async untilTraffic(): Promise<void> {
    const { load, startMs } = this.options;
    const deadline = performance.now() + startMs;
    while (this.sample().answers === 0) {
      if (load.end) throw new UsageError('the load command ended before it had asked the database anything');
      if (this.options.interrupted.aborted) throw new UsageError('interrupted before the first answer of the database');
      if (performance.now() > deadline) {
        throw new UsageError(
          `within ${startMs} ms nothing of the load command came through the proxy: does it take the URL from the ` +
            'variable that --env names (default: DATABASE_URL)?',
        );
      }
      await this.pause(kSampleMs);
    }
  }

  /** Of the load once it has warmed up. The first answers may be those of a health check or a pool that fills. */
  private async healthyRate(): Promise<number> {
    const rates: number[] = [];
    for (;;) {
      const began = this.sample().at;
      await this.pause(this.options.settleMs);
      this.sample();
      rates.push(rateSince(this.samples, began));
      const steady = steadyRate(rates);
      if (steady !== undefined || this.isOver) return steady ?? 0;
    }
  }

  private async make(fault: Fault, healthyRate: number): Promise<FaultOutcome> {
    const { proxy, load, settleMs, recoverMs } = this.options;
    const before = this.sample();
    const errorLines = load.errorLines;
    const rateBefore = rateSince(this.samples, before.at - settleMs);
    this.samples = [before];
    this.options.onFault(fault);
    const running = await fault.begin(proxy);
    await this.pause(fault.durationMs);
    await running.end();
    const end = this.sample();
    const window = windowMs(healthyRate);
    let recovery = recoveryAfter(this.samples, end.at, healthyRate);
    while (!this.isOver && recovery.recoveredMs === null && this.sample().at < end.at + recoverMs + window) {
      await this.pause(kSampleMs);
      recovery = recoveryAfter(this.samples, end.at, healthyRate);
    }
    const endedMeanwhile = load.end !== undefined;
    const settled = this.sample();
    await this.pause(settleMs);
    const after = this.sample();
    return {
      name: fault.name,
      what: fault.what,
      durationMs: fault.durationMs,
      verdict: this.verdict(recovery, endedMeanwhile),
      ...recovery,
      connections: { before: before.open, after: after.open },
      answersPerSecond: { before: rateBefore, after: rateSince(this.samples, settled.at) },
      struck: running.struck?.() ?? null,
      peakNewConnectionsPerSecond: peakOpenedPerSecond(this.samples, before.at),
      bytes: {
        fromApplication: after.fromApplication - end.fromApplication,
        fromDatabase: after.fromDatabase - end.fromDatabase,
      },
      errorLines: load.errorLines - errorLines,
    };
  }

  private verdict({ firstAnswerMs, recoveredMs }: Recovery, loadEnded: boolean): FaultVerdict {
    if (recoveredMs !== null) return 'recovered';
    if (loadEnded) return 'load-ended';
    if (this.options.interrupted.aborted) return 'not-run';
    return firstAnswerMs === null ? 'silent' : 'crippled';
  }

  private get isOver(): boolean {
    return this.options.load.end !== undefined || this.options.interrupted.aborted;
  }

  private sample(): Sample {
    const { open, total, bytes, messages, roundTrips, turns } = this.options.proxy.counters();
    const sample: Sample = {
      at: performance.now(),
      // Within TLS, and in other protocols than PostgreSQL's, nothing tells an answer from a handshake.
      answers: messages.client.Startup === undefined ? turns : roundTrips,
      open,
      opened: total,
      fromApplication: bytes.client,
      fromDatabase: bytes.server,
    };
    this.samples.push(sample);
    return sample;
  }

  /** Shorter where the load ends or the drill is interrupted. */
  private async pause(ms: number): Promise<void> {
    if (ms === 0 || this.isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function notRun({ name, what, durationMs }: Fault): FaultOutcome {
  return {
    name,
    what,
    durationMs,
    verdict: 'not-run',
    firstAnswerMs: null,
    recoveredMs: null,
    connections: { before: 0, after: 0 },
    answersPerSecond: { before: 0, after: 0 },
    struck: null,
    peakNewConnectionsPerSecond: 0,
    bytes: { fromApplication: 0, fromDatabase: 0 },
    errorLines: 0,
  };
}
