// Every Node that the package supports, as npm packages kept in a cache.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const kNodeMajors = ['16', '18', '20', '22', '24', '26'];

/** The path of `node` of that major version, installed on the first call. */
export function nodeOf(major) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const place = join(cache, 'prisma-resilient-client', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(place, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(place, { recursive: true });
    const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', place, ...quiet, `${name}@${major}`], { stdio: 'inherit' });
    chmodSync(binary, 0o755);
  }
  return binary;
}
