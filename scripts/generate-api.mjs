// Writes the API reference, docs/api, from the types and their comments.
//
//   node scripts/generate-api.mjs            writes it
//   node scripts/generate-api.mjs --check    only says whether it is out of date
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Application } from 'typedoc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs', 'api');

/** What is imported by a name of its own, and the class itself, which the main entry exports by the type of its forms. */
const kPages = ['index', 'resilient-client', 'dashboard', 'opentelemetry', 'prometheus', 'testing'];

const work = mkdtempSync(join(tmpdir(), 'generate-api-'));
try {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: work }],
    entryPoints: kPages.map((name) => join(root, 'lib', `${name}.ts`)),
    tsconfig: join(root, 'tsconfig.json'),
    // One page each, which a browser searches as a whole.
    router: 'module',
    readme: 'none',
    name: 'API reference',
    entryFileName: 'README',
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
  const fresh = pages(work);
  if (process.argv.includes('--check')) {
    if (JSON.stringify(fresh) !== JSON.stringify(pages(target))) {
      console.error('docs/api is out of date: run node scripts/generate-api.mjs');
      process.exitCode = 1;
    }
  } else {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    for (const [name, text] of fresh) writeFileSync(join(target, name), text);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pages(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => [name, withLiveLinks(readFileSync(join(folder, name), 'utf8'))]);
}

/** The plugin counts headings that it then does not write, and so links to a second one of a name that is there once. */
function withLiveLinks(page) {
  const count = new Map();
  for (const [, heading] of page.matchAll(/^#+ (.+)$/gm)) {
    const anchor = heading.toLowerCase().replace(/[^\w -]/g, '');
    count.set(anchor, (count.get(anchor) ?? 0) + 1);
  }
  return page.replace(/\(#([\w-]+)-(\d+)\)/g, (link, anchor, number) =>
    count.get(anchor) <= Number(number) ? `(#${anchor})` : link,
  );
}
