/** Plays waiting-job.cjs: processes that have nothing to do but to wait for us, in each way in which one can wait. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { PostgresCluster } from './postgres';

export interface WaitingJob {
  /** Of Node, Bun or Deno, with what goes before the script. */
  readonly command: readonly [string, ...string[]];
  readonly major: number;
  /** Paths for require(). */
  readonly package: string;
  readonly client: string;
  readonly adapter: string;
  readonly pool: string;
  readonly guarded: boolean;
}

interface Scene {
  /** What the process says last. */
  readonly ended: string;
  before?(cluster: PostgresCluster): Promise<unknown>;
  whenWaiting?(cluster: PostgresCluster): Promise<unknown>;
  after?(cluster: PostgresCluster): Promise<unknown>;
}

/** Every way to wait, and what ends the wait. The schema has a table for Tag. */
export const waitingScenes: Readonly<Record<string, Scene>> = {
  parked: {
    ended: '0',
    before: (cluster) => cluster.stop('immediate'),
    whenWaiting: (cluster) => cluster.start(),
  },
  deadline: {
    ended: '"DatabaseUnavailableError"',
    before: (cluster) => cluster.stop('immediate'),
    after: (cluster) => cluster.start(),
  },
  ready: {
    ended: '"TimeoutError"',
    before: (cluster) => cluster.stop('immediate'),
    after: (cluster) => cluster.start(),
  },
  saturated: {
    ended: '0',
    before: (cluster) => cluster.fillSlots(),
    whenWaiting: (cluster) => cluster.releaseSlots(),
  },
  backoff: { ended: '"PrismaClientKnownRequestError"' },
  factory: { ended: '0' },
  shutdown: { ended: '"shut down"' },
  idle: { ended: '0' },
};

/** Of a process that stays alive although nobody waits: longer than any wait in a scene, shorter than any timer of ours. */
const kLimitMs = 30_000;

/** Plays one scene; answers with what is wrong with how it went, undefined for nothing. */
export async function playWaitingJob(
  cluster: PostgresCluster,
  name: string,
  job: WaitingJob,
): Promise<string | undefined> {
  const { before, ended, whenWaiting, after } = waitingScenes[name];
  await before?.(cluster);
  const { command, ...wish } = job;
  const [runtime, ...first] = command;
  const argument = JSON.stringify({ ...wish, scene: name, url: cluster.url() });
  const child = spawn(runtime, [...first, join(__dirname, 'waiting-job.cjs'), argument]);
  let output = '';
  let complaints = '';
  let helped: Promise<unknown> | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('waiting\n')) helped ??= Promise.resolve(whenWaiting?.(cluster));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), kLimitMs);
  const end = await new Promise<string>((resolve) => child.on('close', (code, signal) => resolve(`${signal ?? code}`)));
  clearTimeout(limit);
  await helped;
  await after?.(cluster);
  if (end === '0' && output === `waiting\nended: ${ended}\n`) return undefined;
  return `expected 'ended: ${ended}' and exit code 0, got exit ${end} and:\n${output}${complaints.slice(-1500)}`;
}
