// What the tarball is to those who install it: entry points that resolve in each module system (publint, Are The Types
// Wrong), and no more in it, nor greater, than is meant.
//
//   node scripts/check-package.mjs [TARBALL]      default: packs one
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packInto } from './pack.mjs';
import { root } from './source-files.mjs';

/** In MB, with the binaries of every platform. */
const kLargest = 14;
/** What nobody who installs it has a use for, or must not see. */
const kNotInside = /(^|\/)(test|node_modules|\.github|build|coverage|\.env[^/]*|[^/]+\.log)(\/|$)/;

const work = mkdtempSync(join(tmpdir(), 'resilience-package-'));
try {
  const tarball = process.argv[2] ?? (await packInto(work));
  const size = statSync(tarball).size / 1e6;
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter(Boolean)
    .map((path) => path.replace(/^package\//, ''));
  const strangers = files.filter((path) => kNotInside.test(path));
  const checks = {
    [`size: ${size.toFixed(2)} MB, at most ${kLargest}`]: size <= kLargest,
    [`contents: ${files.length} files${strangers.map((path) => `, ${path} should not be inside`).join('')}`]:
      strangers.length === 0,
    'publint --strict': passes('publint', [tarball, '--strict']),
    attw: passes('attw', [tarball, '--no-emoji', '--format', 'table-flipped']),
  };
  for (const [name, holds] of Object.entries(checks)) console.log(`${holds ? 'holds ' : 'FAILED'} ${name}`);
  const failed = Object.values(checks).filter((holds) => !holds).length;
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function passes(tool, args) {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', tool), args, {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) console.log(`${stdout}${stderr}`);
  return status === 0;
}
