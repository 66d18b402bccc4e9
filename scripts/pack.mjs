// Packs the package as it would be published, with this platform's binaries.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The tarball's path, in `directory`. `build`: this platform's addons are made anew; else the ones that are there are taken. */
export function packInto(directory, { build = true } = {}) {
  const which = build ? '--here' : '--missing';
  execFileSync(process.execPath, [join(root, 'scripts', 'prebuild.mjs'), which], { stdio: 'inherit' });
  execFileSync(process.execPath, [join(root, 'scripts', 'sbom.mjs')], { stdio: 'inherit' });
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ filename, files, size }] = JSON.parse(packed);
  if (!files.some(({ path }) => path.endsWith('resilience.node'))) throw new Error('the tarball has no binary');
  for (const name of ['LICENSE', 'NOTICE', 'SECURITY.md', 'sbom.cdx.json']) {
    if (!files.some(({ path }) => path === name)) throw new Error(`the tarball has no ${name}`);
  }
  console.log(`packed ${filename}: ${files.length} files, ${Math.round(size / 1024)} KiB`);
  return join(directory, filename);
}
