/** What stands in the packed package: whatever its documents point to is in it, too, and npm's page finds its home. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { anchors } from './anchors';
import { kRoot } from './blocks';

interface Manifest {
  readonly [key: string]: unknown;
  readonly repository: { readonly url: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional: boolean }>>;
}

// Unpacked as npm unpacks it: what is read here has been in the tarball.
const kWork = mkdtempSync(join(tmpdir(), 'packed-'));
afterAll(() => rmSync(kWork, { recursive: true, force: true }));
execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', kWork], { cwd: kRoot });
const [kTarball] = readdirSync(kWork);
execFileSync('tar', ['-xzf', kTarball!], { cwd: kWork });
const kPackage = join(kWork, 'package');
const manifest = JSON.parse(readFileSync(join(kPackage, 'package.json'), 'utf8')) as Manifest;
const kDocuments = documentsIn(kPackage);

function documentsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return documentsIn(path);
    return name.endsWith('.md') ? [relative(kPackage, path)] : [];
  });
}

/** Links and pictures, in Markdown and in HTML, to this package's own files and to places within them. */
function targets(document: string): string[] {
  const text = readFileSync(join(kPackage, document), 'utf8')
    .replace(/^( *)```[\s\S]*?^\1```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g)].map(
    ([, link, html]) => link ?? html,
  );
  return found.filter((target) => !/^\w+:/.test(target));
}

/** Why a reader would be led nowhere; undefined: he is led somewhere. */
function dead(document: string, target: string): string | undefined {
  const [path, anchor] = target.split('#');
  const file = path === '' ? join(kPackage, document) : join(kPackage, dirname(document), path!);
  if (!existsSync(file)) return `${target}: not in the package`;
  if (anchor && file.endsWith('.md') && !anchors(file).has(anchor)) return `${target}: no such heading`;
  return undefined;
}

test.each(kDocuments)('all that %s points to is packed, to the heading', (document) => {
  expect(targets(document).flatMap((target) => dead(document, target) ?? [])).toEqual([]);
});

test('a file that is not there, and a heading that is not there, would be found', () => {
  expect(dead('README.md', 'docs/nothing.md')).toMatch(/not in the package/);
  expect(dead('README.md', 'docs/limits.md#nothing')).toMatch(/no such heading/);
  expect(dead('README.md', '#nothing')).toMatch(/no such heading/);
});

test("README's documents are among them", () => {
  expect(targets('README.md').length).toBeGreaterThan(15);
  expect(kDocuments).toEqual(expect.arrayContaining(['CONTRIBUTING.md', 'CHANGELOG.md', 'docs/README.md']));
  expect(existsSync(join(kPackage, 'LICENSE'))).toBe(true);
});

test('pictures are pictures', () => {
  const pictures = kDocuments.flatMap((document) =>
    targets(document)
      .filter((target) => /\.(svg|png)$/.test(target))
      .map((target) => join(kPackage, dirname(document), target)),
  );
  expect(pictures.map((picture) => relative(kPackage, picture))).toEqual(
    expect.arrayContaining(['docs/outage.svg', 'docs/dashboard-light.png', 'docs/dashboard-dark.png']),
  );
  for (const picture of pictures) {
    const begins = readFileSync(picture).subarray(0, 8).toString('latin1');
    expect(begins).toMatch(picture.endsWith('.svg') ? /^<svg / : /^\x89PNG\r\n/);
  }
});

test("what npm's page points to is in the repository, which its links are rewritten to", () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: kRoot, encoding: 'utf8' }).split('\n');
  const paths = targets('README.md')
    .map((target) => target.split('#')[0]!)
    .filter((path) => path !== '');
  expect(paths).toContain('docs/outage.svg');
  expect(paths.filter((path) => !tracked.some((file) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
});

test("npm's page knows where the package is at home", () => {
  const { repository, homepage, bugs } = manifest;
  const [, home] = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(repository.url) ?? [];
  expect({ homepage, bugs }).toEqual({ homepage: `${home}#readme`, bugs: { url: `${home}/issues` } });
  expect(manifest.type).toBe('commonjs');
});

describe('peers', () => {
  test('are all optional', () => {
    const { peerDependencies, peerDependenciesMeta } = manifest;
    expect(Object.keys(peerDependenciesMeta)).toEqual(Object.keys(peerDependencies));
    for (const { optional } of Object.values(peerDependenciesMeta)) expect(optional).toBe(true);
  });

  test.each(['@prisma/client', '@prisma/adapter-pg', '@prisma/adapter-mariadb', '@prisma/adapter-better-sqlite3'])(
    'the range of %s begins with versions that are tested',
    (name) => {
      const matrix = join(kRoot, 'test/support/prisma-matrix');
      const tested = [
        join(kRoot, 'package.json'),
        ...['v5', 'v6.16', 'v6', 'v7.8', 'v7'].map((each) => join(matrix, each, 'package.json')),
      ]
        .filter((file) => existsSync(file))
        .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string> | undefined>)
        .flatMap(({ dependencies, devDependencies }) => dependencies?.[name] ?? devDependencies?.[name] ?? []);
      const least = manifest.peerDependencies[name].split(' || ').map((range) => /^\^(\d+\.\d+)\.0$/.exec(range)![1]);
      for (const minor of least) expect(tested.filter((version) => version.startsWith(`${minor}.`))).not.toEqual([]);
    },
  );
});
