// Builds targets once more, from nothing and in another place, and compares them with those in prebuilds/: byte for byte
// they must be the same. Only what is downloaded is taken from the cache; zig's libraries, OpenSSL and libpq are not.
//
//   node scripts/test-reproducible.mjs NAME…      as for scripts/prebuild.mjs, whose build of this very tree is there
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { cacheRoot } from './cross/cache.mjs';
import { root } from './source-files.mjs';

const kDownloaded = /^(zig-\d|(openssl|postgres)-source-|log-headers-)/;

const names = process.argv.slice(2);
if (names.length === 0) throw new Error('name the targets to be built once more');
const work = mkdtempSync(join(tmpdir(), 'resilience-reproducible-'));
try {
  const tree = copyTree(join(work, 'tree'));
  const cache = join(work, 'cache');
  mkdirSync(join(cache, 'prisma-resilient-client'), { recursive: true });
  for (const name of readdirSync(cacheRoot).filter((entry) => kDownloaded.test(entry))) {
    symlinkSync(join(cacheRoot, name), join(cache, 'prisma-resilient-client', name));
  }
  const began = Date.now();
  const { status } = spawnSync(process.execPath, [join(tree, 'scripts', 'prebuild.mjs'), ...names], {
    cwd: tree,
    env: { ...process.env, XDG_CACHE_HOME: cache },
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('it cannot be built once more');
  console.log(`built once more in ${Math.round((Date.now() - began) / 1000)} s`);
  const files = names.flatMap((name) => filesOf(name).map((file) => join('prebuilds', name.split(':')[0], file)));
  const same = files.map((file) => compare(file, join(root, file), join(tree, file)));
  process.exitCode = same.every(Boolean) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** What git knows, as it is here. */
function copyTree(place) {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const file of listed.split('\0').filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    cpSync(join(root, file), join(place, file));
  }
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return place;
}

function filesOf(name) {
  const [target, part] = name.split(':');
  const files = { core: ['resilience.node'], probe: ['resilience_probe.node'] };
  return part ? files[part] : readdirSync(join(root, 'prebuilds', target));
}

function compare(file, first, second) {
  const [one, other] = [first, second].map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));
  console.log(one === other ? `same      ${file} ${one}` : `DIFFERENT ${file} ${one} ${other}`);
  return one === other;
}
