// Writes the API reference, docs/api.md, from the types and their comments.
//
//   node scripts/generate-api.mjs            writes it
//   node scripts/generate-api.mjs --check    only says whether it is out of date
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Application } from 'typedoc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs', 'api.md');
const work = mkdtempSync(join(tmpdir(), 'generate-api-'));

try {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: work }],
    entryPoints: [join(root, 'lib', 'index.ts')],
    tsconfig: join(root, 'tsconfig.json'),
    // One page, which a browser searches as a whole.
    router: 'module',
    readme: 'none',
    name: 'API reference',
    entryFileName: 'api',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    enumMembersFormat: 'table',
    typeDeclarationFormat: 'table',
    useCodeBlocks: true,
    sort: ['kind', 'alphabetical'],
    logLevel: 'Warn',
  });
  const project = await app.convert();
  if (!project) throw new Error('typedoc: the types do not compile');
  await app.generateOutputs(project);
  const fresh = readFileSync(join(work, 'api.md'), 'utf8');
  let stands = '';
  try {
    stands = readFileSync(target, 'utf8');
  } catch {
    // The first time there is none.
  }
  if (process.argv.includes('--check')) {
    if (fresh !== stands) {
      console.error('docs/api.md is out of date: run node scripts/generate-api.mjs');
      process.exitCode = 1;
    }
  } else {
    writeFileSync(target, fresh);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
