// Every runtime that the package supports, as npm packages kept in a cache.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const kNodeMajors = ['16', '18', '20', '22', '24', '26'];

/** The path of `node` of that major version, installed on the first call. */
export function nodeOf(major) {
  const name = `node-${process.platform}-${process.arch}`;
  return installed(`node-${major}`, `${name}@${major}`, join(name, 'bin', 'node'));
}

/** How other runtimes run a CommonJS script: the command, and what goes before the script. */
export const kOtherRuntimes = {
  // The file has this name on every platform: its package's own install script would x.
  Bun: () => [installed('bun', 'bun@1.4.5', join('bun', 'bin', 'bun.exe'), true)],
  Deno: () => {
    const name = process.platform === 'linux' ? `linux-${process.arch}-glibc` : `${process.platform}-${process.arch}`;
    const command = installed('deno', 'deno@2.9.6', join('@deno', name, 'deno'));
    return [command, 'run', '-A', '--unstable-detect-cjs'];
  },
};

function installed(folder, specification, file, scripts = false) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const place = join(cache, 'prisma-resilient-client', folder);
  const binary = join(place, 'node_modules', file);
  if (!existsSync(binary)) {
    mkdirSync(place, { recursive: true });
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    if (!scripts) quiet.push('--ignore-scripts');
    execFileSync('npm', ['install', '--prefix', place, ...quiet, specification], { stdio: 'inherit' });
    chmodSync(binary, 0o755);
  }
  return binary;
}
