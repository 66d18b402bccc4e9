// Compiles lib/ to dist/ (CommonJS, the one instance of everything) and writes the ES module that re-exports it.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', join(root, 'tsconfig.json')], {
  cwd: root,
  stdio: 'inherit',
});

// An ES module of its own would be a second copy of every class: `instanceof` would fail between the two.
const compiled = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
const names = [
  ...new Set([...compiled.matchAll(/^Object\.defineProperty\(exports, "(\w+)"/gm)].map((match) => match[1])),
]
  .filter((name) => name !== '__esModule')
  .sort();
if (names.length === 0) throw new Error('dist/index.js exports nothing that the ES module could pass on');
writeFileSync(
  join(root, 'dist', 'index.mjs'),
  `import cjs from './index.js';\n\nexport const { ${names.join(', ')} } = cjs;\nexport default cjs;\n`,
);
// The declarations' own relative imports lack the extensions that an ES module's need; these are read as CommonJS.
writeFileSync(
  join(root, 'dist', 'index.d.mts'),
  `export * from './index.js';\ndeclare const cjs: typeof import('./index.js');\nexport default cjs;\n`,
);
console.log(`built dist/ (${names.length} exports)`);
