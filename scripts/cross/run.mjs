// Runs the tools of a build: quiet while all is well, and with the end of their output where one fails.
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';

export class BuildError extends Error {}

/** How many files are compiled at once: RESILIENCE_JOBS, else two. */
export const kJobs = `-j${Number(process.env.RESILIENCE_JOBS) || 2}`;

/** Gives the standard output. */
export function run(file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    ...options,
  });
  if (status === 0) return stdout;
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
  throw new BuildError(
    `${path.basename(file)} ${args.slice(0, 4).join(' ')} failed: ${error ? error.message : output || `status ${status}`}`,
  );
}

/** Fails with Debian's names for what is missing. */
export function needTools(tools) {
  const missing = Object.keys(tools).filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tools[tool]))].join(' ');
  throw new BuildError(`missing on this machine: ${missing.join(', ')} (Debian: apt-get install ${packages})`);
}
