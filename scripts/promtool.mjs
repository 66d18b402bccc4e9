// Brings promtool, which Debian's package prometheus carries beside a server and its pages: the package is unpacked into
// a cache, and nothing of it is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const place = join(tmpdir(), `prisma-resilient-kit-${process.getuid?.() ?? 0}`, 'promtool');

/** Its path, or undefined where setUpPromtool() has not been called on this machine. */
export function promtool() {
  const onPath = spawnSync('sh', ['-c', 'command -v promtool'], { encoding: 'utf8' }).stdout.trim();
  if (onPath !== '') return onPath;
  return existsSync(join(place, 'promtool')) ? join(place, 'promtool') : undefined;
}

/** Throws where apt cannot download the package; `apt-get update` may help. */
export function setUpPromtool() {
  if (promtool()) return;
  const work = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=', 'prometheus'], {
      cwd: work,
      stdio: 'pipe',
    });
    const [deb] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', deb, 'unpacked'], { cwd: work, stdio: 'pipe' });
    mkdirSync(place, { recursive: true });
    copyFileSync(join(work, 'unpacked', 'usr', 'bin', 'promtool'), join(place, `promtool.${process.pid}`));
    renameSync(join(place, `promtool.${process.pid}`), join(place, 'promtool'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
