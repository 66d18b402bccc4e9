/** A fleet of real processes before one server: what an outage costs them, and what the same work costs without one. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import { PostgresCluster } from './postgres';
import { createSchema } from './prisma';

export type FleetMode = 'resilient' | 'cockatiel' | 'bare';

export interface Operation {
  readonly began: number;
  readonly ended: number;
  readonly ok: boolean;
  readonly write: boolean;
  /** One of a burst, and not of the steady load. */
  readonly burst: boolean;
  readonly outcome: string;
}

export interface ProcessReport {
  readonly told: { readonly hardResets: number; readonly events: readonly (readonly [string, number, string?])[] };
  readonly operations: readonly Operation[];
}

export interface FleetReport {
  /** Operations begun before the server was back: until the last of them had ended, in ms since then. */
  readonly settledMs: number;
  readonly firstSuccessMs: number;
  readonly waiting: number;
  /** Operations that were under way when the server stopped, or began before their process had heard of it. */
  readonly inFlight: number;
  readonly failed: readonly Operation[];
  /** Of those: writes in flight, which are said to be of unknown outcome. */
  readonly failedInFlight: number;
  readonly unsettled: number;
  readonly hardResets: number;
  readonly events: readonly string[];
}

/** Whoever takes longer hangs. */
const kBurstMs = 60_000;
const kAnswerMs = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Rejects where the process ends instead, or says nothing. */
function answerOf<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fails = (what: string): void => {
      child.off('message', answers).off('exit', ends);
      clearTimeout(timer);
      reject(new Error(`process ${child.pid} of the fleet ${what}, asked for ${JSON.stringify(question)}`));
    };
    const answers = (message: unknown): void => {
      child.off('exit', ends);
      clearTimeout(timer);
      resolve(message as Answer);
    };
    const ends = (code: number | null, signal: string | null): void => fails(`ended with ${code ?? signal}`);
    const timer = setTimeout(() => fails(`said nothing for ${kAnswerMs} ms`), kAnswerMs);
    child.once('message', answers).once('exit', ends);
    child.send(question);
  });
}

function stateOf(operations: readonly Operation[]): string {
  const underWay = operations.filter(({ ended }) => ended === 0).length;
  const failed = operations.filter(({ ended, ok }) => ended > 0 && !ok).length;
  return `${underWay} of ${operations.length} operations were under way and ${failed} had failed`;
}

export interface FleetOptions {
  readonly mode: FleetMode;
  readonly processes: number;
  readonly pool: number;
  readonly perSecond: number;
}

export class Fleet {
  private readonly children: ChildProcess[] = [];

  private constructor(
    readonly cluster: PostgresCluster,
    private readonly options: FleetOptions,
  ) {}

  static async open(options: FleetOptions): Promise<Fleet> {
    const cluster = await PostgresCluster.start({ settings: { max_connections: '400' } });
    await createSchema(cluster);
    const fleet = new Fleet(cluster, options);
    // A few at a time: each is a second of work.
    for (let begun = 0; begun < options.processes; begun += 4) {
      const some = Array.from({ length: Math.min(4, options.processes - begun) }, () => fleet.begin());
      await Promise.all(some);
    }
    return fleet;
  }

  private begin(): Promise<void> {
    const { mode, pool, perSecond } = this.options;
    const child = fork(join(__dirname, 'fleet_process.cjs'), [
      JSON.stringify({ mode, pool, perSecond, url: this.cluster.url() }),
    ]);
    this.children.push(child);
    return new Promise((resolve, reject) => {
      child.once('message', (message) =>
        message === 'ready' ? resolve() : reject(new Error(JSON.stringify(message))),
      );
      child.once('error', reject);
    });
  }

  tell(message: object): void {
    for (const child of this.children) child.send(message);
  }

  reports(): Promise<ProcessReport[]> {
    return this.ask<ProcessReport>({ report: true });
  }

  private ask<Answer>(question: object): Promise<Answer[]> {
    return Promise.all(this.children.map((child) => answerOf<Answer>(child, question)));
  }

  /** Whether within `ms` nothing is under way any more, or nothing of a burst. */
  private async settled(ms: number, of: 'burst' | 'all'): Promise<boolean> {
    const end = Date.now() + ms;
    for (;;) {
      const underWay = (await this.ask<number>({ underWay: of })).reduce((sum, each) => sum + each, 0);
      if (underWay === 0 || Date.now() > end) return underWay === 0;
      await sleep(250);
    }
  }

  /**
   * What `operations` at once in each process cost, from the first to the last, with connections made anew, while the steady
   * load goes on: the work of a server that comes back, without an outage.
   */
  async burst(operations: number): Promise<number> {
    await this.cluster.terminateBackends();
    await sleep(1500);
    this.tell({ forget: true });
    this.tell({ start: true, burst: operations });
    const ended = await this.settled(kBurstMs, 'burst');
    this.tell({ stop: true });
    const all = (await this.reports()).flatMap((report) => report.operations.filter(({ burst }) => burst));
    if (!ended) throw new Error(`of a burst without an outage ${stateOf(all)} after ${kBurstMs} ms`);
    if (!(await this.settled(kBurstMs, 'all')))
      throw new Error(`the steady load had not ended ${kBurstMs} ms after it`);
    this.tell({ forget: true });
    return Math.max(...all.map(({ ended }) => ended)) - Math.min(...all.map(({ began }) => began));
  }

  async outage(downMs: number, afterMs: number): Promise<FleetReport> {
    const before = await this.reports();
    this.tell({ forget: true });
    this.tell({ start: true });
    await sleep(1500);
    const stoppedAt = Date.now();
    await this.cluster.stop('immediate');
    const downAt = Date.now();
    await sleep(Math.max(0, downMs - (Date.now() - stoppedAt)));
    const { epochMs: backAt } = await this.cluster.start();
    await sleep(afterMs);
    this.tell({ stop: true });
    await this.settled(30_000, 'all');
    const reports = await this.reports();
    const all = reports.flatMap(({ operations }) => operations);
    const backlog = all.filter(({ began }) => began <= backAt);
    const waiting = backlog.filter(({ ended }) => ended === 0 || ended > backAt);
    const inFlight = reports.flatMap(({ told, operations }) => {
      const heardAt = told.events.find(([name, at]) => name === 'disconnect' && at >= stoppedAt)?.[1] ?? downAt;
      return operations.filter(
        ({ began, ended }) => began <= Math.max(downAt, heardAt) && (ended === 0 || ended >= stoppedAt),
      );
    });
    const failed = all.filter(({ ok, ended }) => ended > 0 && !ok);
    const successes = all.filter(({ ok, ended }) => ok && ended > backAt);
    return {
      settledMs: Math.max(...waiting.map(({ ended }) => (ended === 0 ? Infinity : ended))) - backAt,
      firstSuccessMs: Math.min(...successes.map(({ ended }) => ended)) - backAt,
      waiting: waiting.length,
      inFlight: inFlight.length,
      failed,
      failedInFlight: inFlight.filter(
        ({ ok, ended, write, outcome }) => ended > 0 && !ok && write && outcome === 'unknown',
      ).length,
      unsettled: all.filter(({ ended }) => ended === 0).length,
      hardResets: reports.reduce((sum, { told }, i) => sum + told.hardResets - (before[i]?.told.hardResets ?? 0), 0),
      events: reports.flatMap(({ told }) =>
        told.events.map(([name, at, reason]) => `${name} ${at - backAt} ${reason ?? ''}`),
      ),
    };
  }

  async dispose(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.cluster.dispose();
  }
}
