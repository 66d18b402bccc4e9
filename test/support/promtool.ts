/** Prometheus' own checker. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { cacheDirectory } from './cache_directory';

/** What `promtool check <what>` says of `input`, on stdin or in the file named last. Throws where there is no promtool. */
export function promtoolCheck(
  what: 'metrics' | 'rules',
  input: string,
  file?: string,
): { status: number; output: string } {
  const cached = path.join(cacheDirectory('promtool'), 'promtool');
  const command = fs.existsSync(cached) ? cached : 'promtool';
  const { status, stdout, stderr, error } = spawnSync(command, ['check', what, ...(file ? [file] : [])], {
    input,
    encoding: 'utf8',
  });
  if (error) throw new Error(`promtool does not run (${error.message}): node scripts/setup.mjs brings it`);
  return { status: status ?? -1, output: `${stdout}${stderr}` };
}
