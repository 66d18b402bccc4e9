/**
 * While an operation of the user's waits for us the process stays alive; nothing else of ours, no timer, thread or socket,
 * keeps it: it ends when its main has returned, shutdown() or not.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

import type { ResilientConfig } from '../../lib';
import { PostgresCluster } from '../support/postgres';
import { createSchema } from '../support/prisma';
import { type WaitingJob, playWaitingJob, waitingScenes } from '../support/waiting-jobs';

/** Of a process that waits for one of our timers, which all last longer than this. */
const kLimit = 30_000;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

interface Ended {
  readonly output: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function run(situation: string, wish: { url?: string; config?: ResilientConfig; guarded?: boolean } = {}) {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const argument = JSON.stringify({ url: cluster.url(), situation, ...wish });
  return new Promise<Ended>((resolve) => {
    const child = execFile(
      process.execPath,
      ['-r', hook, join(__dirname, 'exit-process.ts'), argument],
      { timeout: kLimit, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ output: stdout + stderr, code: child.exitCode, signal: child.signalCode }),
    );
  });
}

const kEnded: Ended = { output: 'returned\n', code: 0, signal: null };

describe('idle', () => {
  const eager: ResilientConfig = {
    refresh: { intervalMs: 20 },
    healthCheck: { intervalMs: 20 },
    memory: { intervalMs: 20 },
  };
  test.each<[string, string, Parameters<typeof run>[1]]>([
    ['with the probe on demand', 'used', { config: { probe: { mode: 'on-demand', intervalMs: 50 } } }],
    ['with a standing probe', 'used', { config: { probe: { mode: 'sentinel', intervalMs: 50 } }, guarded: true }],
    ['without a probe', 'used', { config: { probe: { mode: 'off' } } }],
    ['with busy timers', 'used', { config: eager, guarded: true }],
    ['with slow timers', 'used', { config: { healthCheck: { intervalMs: 2e9 }, memory: { intervalMs: 2e9 } } }],
    ['with a ready-made client', 'instance', {}],
    ['after a reset', 'replaced', { guarded: true }],
    ['while metrics are saved', 'persisting', {}],
    ['with an open circuit, a filled cache and a call under a time limit', 'toolbox', {}],
  ])('%s', async (_, situation, wish) => {
    expect(await run(situation, wish)).toEqual(kEnded);
  });
});

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('while an operation waits, the process stays alive until the wait is over: %s', (_, guarded) => {
  const job: WaitingJob = {
    command: [process.execPath, '-r', join(__dirname, '../support/typescript-hook.cjs')],
    major: 7,
    package: join(__dirname, '../../lib/index.ts'),
    client: join(__dirname, '../.generated/client-7/index.js'),
    adapter: require.resolve('@prisma/adapter-pg'),
    pool: require.resolve('pg'),
    guarded,
  };
  test.each(Object.keys(waitingScenes))('%s', async (scene) => {
    expect(await playWaitingJob(cluster, scene, job)).toBeUndefined();
  });
});
