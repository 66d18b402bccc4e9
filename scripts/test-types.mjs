// The type tests of test/types against the declarations in dist/, as applications see them: through the package's own
// exports, with each TypeScript, module system and way to resolve modules.
//
//   node scripts/test-types.mjs [part of a name…]        default: all
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const sources = join(root, 'test', 'types');
// Within the package, so that its name leads to its own exports, as it does for whoever installed it.
const place = join(root, 'build', 'types');

const kCompilers = ['typescript', 'typescript-newest'];
const kModules = {
  'ESM, node16': { extension: '.mts', module: 'node16', moduleResolution: 'node16', declarations: 'index.d.ts' },
  'CommonJS, node16': { extension: '.cts', module: 'node16', moduleResolution: 'node16', declarations: 'index.d.ts' },
  'ESM, bundler': { extension: '.mts', module: 'esnext', moduleResolution: 'bundler', declarations: 'index.d.ts' },
  'CommonJS, bundler': {
    extension: '.cts',
    module: 'preserve',
    moduleResolution: 'bundler',
    declarations: 'index.d.ts',
    // Where modules are preserved, only this form is CommonJS.
    rewrite: (text) => text.replace(/^import \* as (\w+) from '(.+)';$/gm, "import $1 = require('$2');"),
    without: ['imports.ts'],
  },
};

/** What is wrong with one combination, as the compiler says it; empty where it passes. */
function check(compiler, { extension, declarations, rewrite = (text) => text, without = [], ...options }, folder) {
  const directory = join(place, folder);
  mkdirSync(directory, { recursive: true });
  const names = readdirSync(sources).filter((name) => !without.includes(name));
  const files = names.map((name) => {
    const file = name.endsWith('.d.ts') ? name : name.replace(/\.ts$/, extension);
    const text = readFileSync(join(sources, name), 'utf8');
    writeFileSync(join(directory, file), rewrite(text));
    return file;
  });
  const common = { strict: true, noEmit: true, target: 'es2022', types: ['node'], skipLibCheck: false };
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...options }, files }),
  );
  const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, '-p', directory, '--pretty', 'false', '--listFiles'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
  const isFile = (line) => existsSync(line);
  // Declarations of other packages are checked too, and are theirs to mend.
  const foreign = (line) => line.startsWith(`node_modules${sep}`) || /^\s/.test(line);
  const problems = lines.filter((line) => !isFile(line) && !foreign(line));
  if (status !== 0 && lines.every(isFile)) problems.push(`tsc ended with ${status}`);
  if (!lines.includes(join(root, 'dist', declarations))) problems.push(`dist/${declarations} was not read`);
  return problems;
}

/** Every combination whose name has `wanted` in it, told as it goes. */
function testTypes(wanted) {
  if (!existsSync(join(root, 'dist', 'index.d.ts'))) throw new Error('dist/ is missing: node scripts/build-lib.mjs');
  rmSync(place, { recursive: true, force: true });
  let [passed, failed] = [0, 0];
  for (const compiler of kCompilers) {
    const { version } = require(`${compiler}/package.json`);
    for (const [name, modules] of Object.entries(kModules)) {
      const title = `TypeScript ${version}, ${name}`;
      if (!wanted.every((part) => title.includes(part))) continue;
      const problems = check(compiler, modules, title.replace(/\W+/g, '-'));
      if (problems.length === 0) passed += 1;
      else failed += 1;
      console.log(`${title}: ${problems.length === 0 ? 'passed' : 'FAILED'}`);
      for (const problem of problems) console.log(`  ${problem}`);
    }
  }
  return { passed, failed };
}

const { passed, failed } = testTypes(process.argv.slice(2));
mkdirSync(join(root, 'build', 'reports'), { recursive: true });
writeFileSync(join(root, 'build', 'reports', 'types.json'), JSON.stringify({ passed, failed }));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
