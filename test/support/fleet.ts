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
  readonly inFlightAtStop: number;
  readonly failed: readonly Operation[];
  readonly unsettled: number;
  readonly hardResets: number;
  readonly events: readonly string[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
    return Promise.all(
      this.children.map(
        (child) =>
          new Promise<ProcessReport>((resolve) => {
            child.once('message', (message) => resolve(message as ProcessReport));
            child.send({ report: true });
          }),
      ),
    );
  }

  /** Until nothing is under way any more. */
  private async settled(ms: number): Promise<ProcessReport[]> {
    const end = Date.now() + ms;
    for (;;) {
      const reports = await this.reports();
      if (Date.now() > end || reports.every(({ operations }) => operations.every(({ ended }) => ended > 0)))
        return reports;
      await sleep(250);
    }
  }

  /** What `operations` at once in each process cost, from the first to the last, with connections made anew. */
  async burst(operations: number): Promise<number> {
    await this.cluster.terminateBackends();
    await sleep(1500);
    this.tell({ forget: true });
    this.tell({ burst: operations });
    await sleep(100);
    const all = (await this.settled(60_000)).flatMap((report) => report.operations);
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
    await sleep(Math.max(0, downMs - (Date.now() - stoppedAt)));
    const { epochMs: backAt } = await this.cluster.start();
    await sleep(afterMs);
    this.tell({ stop: true });
    const reports = await this.settled(30_000);
    const all = reports.flatMap(({ operations }) => operations);
    const backlog = all.filter(({ began }) => began <= backAt);
    const waiting = backlog.filter(({ ended }) => ended === 0 || ended > backAt);
    const successes = all.filter(({ ok, ended }) => ok && ended > backAt);
    return {
      settledMs: Math.max(...waiting.map(({ ended }) => (ended === 0 ? Infinity : ended))) - backAt,
      firstSuccessMs: Math.min(...successes.map(({ ended }) => ended)) - backAt,
      waiting: waiting.length,
      inFlightAtStop: all.filter(({ began, ended }) => began <= stoppedAt + 50 && (ended === 0 || ended >= stoppedAt))
        .length,
      failed: all.filter(({ ok, ended }) => ended > 0 && !ok),
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
