// Packs the package as it would be published, with this platform's binaries.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { exclusively } from './exclusive.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Resolves with the tarball's path, in `directory`. `build`: this platform's addons are made anew; else the ones that are
 * there are taken.
 */
export function packInto(directory, { build = true } = {}) {
  // Suites that run side by side pack from one folder.
  return exclusively('pack', () => pack(directory, build));
}

function pack(directory, build) {
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
  const parts = JSON.parse(readFileSync(join(root, 'sbom.cdx.json'), 'utf8')).components;
  // As a heading of NOTICE: what is inside the tarball, and what is installed with it.
  const headings = readFileSync(join(root, 'NOTICE'), 'utf8').match(/^.+: [A-Z].*$/gm) ?? [];
  for (const { name, scope } of parts) {
    if (scope === 'required' && !headings.some((heading) => heading.toLowerCase().includes(name.toLowerCase()))) {
      throw new Error(`NOTICE has no heading for ${name}, which sbom.cdx.json lists`);
    }
  }
  for (const name of ['libpq', 'openssl', 'spdlog', 'fmt', 'node-addon-api', 'uplot']) {
    if (!parts.some((part) => part.name === name)) throw new Error(`sbom.cdx.json does not list ${name}`);
  }
  console.log(`packed ${filename}: ${files.length} files, ${Math.round(size / 1024)} KiB`);
  return join(directory, filename);
}
