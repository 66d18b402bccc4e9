/** What stands in the packed package: whatever its documents point to is in it, too, and npm's page finds its home. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import { kRoot } from './blocks';

interface Manifest {
  readonly [key: string]: unknown;
  readonly repository: { readonly url: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional: boolean }>>;
}
const manifest = JSON.parse(readFileSync(join(kRoot, 'package.json'), 'utf8')) as Manifest;

const [{ files }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json', '--loglevel=error'], {
    cwd: kRoot,
    encoding: 'utf8',
  }),
) as [{ files: readonly { path: string }[] }];
const kPacked = new Set(files.map(({ path }) => path));
const kFolders = new Set([...kPacked].flatMap((path) => foldersOf(path)));

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/** Links and pictures, in Markdown and in HTML, to other files of the package. */
function targets(document: string): string[] {
  const text = readFileSync(join(kRoot, document), 'utf8').replace(/```[\s\S]*?```/g, '');
  const found = [...text.matchAll(/\]\(([^)\s]+)\)|(?:href|src)="([^"]+)"/g)].map(([, link, html]) => link ?? html);
  return found
    .filter((target) => !/^(\w+:|#)/.test(target))
    .map((target) => posix.join(posix.dirname(document), target.split('#')[0]));
}

test.each([...kPacked].filter((path) => path.endsWith('.md')))('all that %s points to is packed', (document) => {
  const missing = targets(document).filter((target) => {
    const path = target.replace(/\/$/, '');
    return !kPacked.has(path) && !kFolders.has(path);
  });
  expect(missing).toEqual([]);
});

test("README's documents, and its picture, are among them", () => {
  expect(targets('README.md').length).toBeGreaterThan(10);
  expect([...kPacked]).toEqual(
    expect.arrayContaining(['docs/outage.svg', 'CONTRIBUTING.md', 'LICENSE', 'CHANGELOG.md']),
  );
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
