// Bundles lib/ to dist/, with its declarations: CommonJS, whose exports Node finds for `import` as well. ES modules of their
// own would be a second copy of every class (`instanceof` would fail between the two), and one that passes on is a file more.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildDashboard } from './build-dashboard.mjs';
import { bundleLib } from './bundle-lib.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

buildDashboard();
rmSync(join(root, 'dist'), { recursive: true, force: true });
// The native compiler: it writes what the older one does, in a tenth of the time.
const compiler = join(dirname(require.resolve('typescript-newest/package.json')), 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json'), '--emitDeclarationOnly'], {
  cwd: root,
  stdio: 'inherit',
});

// What `exports` in package.json names, and the command.
const kEntries = ['index', 'dashboard', 'opentelemetry', 'prometheus', 'testing'];
const exported = await bundleLib([...kEntries, 'cli/bin']);

keepDeclarations(kEntries.map((entry) => join(root, 'dist', `${entry}.d.ts`)));
for (const entry of kEntries) console.log(`built dist/${entry} (${exported[entry].length} exports)`);

/** Those that a user's compiler can reach: the others, two of three, would only be carried. */
function keepDeclarations(entries) {
  const dist = join(root, 'dist');
  const reached = new Set(entries);
  for (const file of reached) {
    const text = readFileSync(file, 'utf8');
    for (const [, , target] of text.matchAll(/\b(from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      const place = resolve(dirname(file), target);
      const found = [`${place}.d.ts`, join(place, 'index.d.ts')].find((each) => existsSync(each));
      if (!found) throw new Error(`${file} imports ${target}, which is declared nowhere`);
      reached.add(found);
    }
  }
  const all = readdirSync(dist, { recursive: true }).map((name) => join(dist, name));
  for (const file of all) if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}
