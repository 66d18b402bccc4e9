/** A newcomer finds each topic from the README: its name stands at a link, and two clicks lead to what there is to know. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import { kRoot } from './blocks';

interface Link {
  readonly words: string;
  readonly to: string;
}

function read(document: string): string {
  return readFileSync(join(kRoot, document), 'utf8');
}

/** To other documents. */
function links(document: string): Link[] {
  const text = read(document).replace(/^( *)```[\s\S]*?^\1```/gm, '');
  return [...text.matchAll(/\[([^\]]+)\]\((?!\w+:)([^)#\s]+)[^)]*\)/g)]
    .map(([, words, path]) => ({ words: words!, to: posix.join(posix.dirname(document), path!) }))
    .filter(({ to }) => to.endsWith('.md') && existsSync(join(kRoot, to)));
}

/** The names of documents that two clicks from the README lead to, with the words at the links. */
const kFirst = links('README.md');
const kSecond = [...new Set(kFirst.map(({ to }) => to))].flatMap((document) => links(document));
const kReached = [...kFirst, ...kSecond];

/** Of a heading that contains `title`, down to the next of its level or above. Throws where there is none. */
function section(document: string, title: string): string {
  const text = read(document);
  const headings = [...text.matchAll(/^(#+) +(.*)$/gm)];
  const at = headings.findIndex(([, , words]) => words!.toLowerCase().includes(title.toLowerCase()));
  if (at < 0) throw new Error(`${document} has no heading that says ${title}`);
  const { index: begin = 0, 1: level = '' } = headings[at]!;
  const end = headings.slice(at + 1).find(([, marks]) => marks!.length <= level.length)?.index;
  return text.slice(begin, end);
}

/** A link's words, where they lead, the heading there, and what that heading's own section has to say. */
type Topic = readonly [words: string, document: string, title: string, ...says: readonly string[]];

/** What people looked for and did not find. Each is at a link of the README itself, and of the map. */
const kLookedFor: readonly Topic[] = [
  ['platforms', 'docs/platforms.md', 'Platforms', 'linux-arm64-musl', 'win32-x64', 'darwin-arm64', 'WebAssembly'],
  [
    'PgBouncer',
    'docs/pgbouncer.md',
    'PgBouncer',
    ...['session mode', 'transaction mode', 'server_login_retry', 'max_client_conn', 'What is seen, and what not'],
  ],
  ['RDS', 'docs/hosts.md', 'Amazon RDS', 'failover', 'settings'],
  ['Aurora', 'docs/hosts.md', 'Aurora', 'failover', 'settings'],
  ['RDS Proxy', 'docs/hosts.md', 'RDS Proxy', 'failover', 'settings'],
  ['Neon', 'docs/hosts.md', 'Neon', 'sleep', 'settings'],
  ['Supabase', 'docs/hosts.md', 'Supabase', 'pooler', 'settings'],
  ['Cloud SQL', 'docs/hosts.md', 'Cloud SQL', 'failover', 'settings'],
  ['Prisma Postgres', 'docs/hosts.md', 'Prisma Postgres', 'settings'],
  ['Bun', 'docs/bun-and-deno.md', 'Bun', 'bun run'],
  ['Deno', 'docs/bun-and-deno.md', 'Deno', 'deno run'],
  ['glossary', 'docs/glossary.md', 'Glossary', '**outcome**', '**generation**', '**parked**'],
  ['which settings', 'docs/settings.md', 'Which settings', ...['web API', 'worker', 'serverless', 'cron', 'batch']],
  ['before and after', 'docs/before-and-after.md', 'Before and after', 'attempt', 'ResilientPrismaClient'],
  [
    'reviewers',
    'docs/reviewers.md',
    'For reviewers',
    ...['native', 'opens', 'never', 'provenance', 'reproducib', 'dependencies'],
  ],
];

/** At a link of either. */
const kMore: readonly Topic[] = [
  ['Nest', 'docs/nest.md', 'Nest', 'terminus', 'overrideProvider', 'useFactory', 'onApplicationShutdown'],
  ['bundlers', 'docs/bundlers.md', 'Bundlers', 'webpack', 'Rollup', 'esbuild', 'ncc', 'tsup', 'Next.js'],
  ['testing', 'docs/testing.md', 'Test', 'faultyNetwork', 'Ledger', 'Vitest', 'Jest', 'node:test'],
  ['writes', 'docs/writes.md', 'Writes', 'markerTable'],
  ['errors', 'docs/errors.md', 'Errors', 'outcome'],
  ['TLS', 'docs/tls.md', 'TLS', 'sslmode'],
  ['dashboard', 'docs/observability.md', 'Dashboard', 'dashboardHandler'],
  ['Prometheus', 'docs/observability.md', 'Prometheus', 'prom-client'],
  ['OpenTelemetry', 'docs/observability.md', 'OpenTelemetry', 'db.client.operation.duration'],
  ['doctor', 'docs/doctor.md', 'Doctor', 'prisma-resilient doctor'],
  ['drill', 'docs/drill.md', 'Drill', 'prisma-resilient drill'],
  ['from 0.2', 'docs/migration.md', '0.2', 'maxConnectionAge'],
  ['limits', 'docs/limits.md', 'Limits', 'advisory lock'],
  ['API', 'docs/api/README.md', 'API reference', 'index.md'],
  ['all', 'docs/configuration.md', 'Configuration', 'reconnect.deadline'],
  ['security', 'SECURITY.md', 'Security', 'password'],
];

/** Whether words stand whole in a text: "Bun" is not in "bundlers". */
function saysWord(text: string, words: string): boolean {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<!\\w)${escaped}(?!\\w)`, 'i').test(text);
}

function leadsTo(from: readonly Link[], [words, document]: Topic): boolean {
  return from.some((link) => link.to === document && saysWord(link.words, words));
}

const kMap = links('docs/README.md');

test.each(kLookedFor.map((topic) => [topic[0], topic] as const))(
  '%s is found from the README, and in the map',
  (_, topic) => {
    expect({ readme: leadsTo(kFirst, topic), map: leadsTo(kMap, topic) }).toEqual({ readme: true, map: true });
  },
);

test.each(kMore.map((topic) => [topic[0], topic] as const))('%s is found within two clicks', (_, topic) => {
  expect(leadsTo(kReached, topic)).toBe(true);
});

test.each([...kLookedFor, ...kMore].map((topic) => [topic[0], topic] as const))(
  '%s: where the link leads, its own section says what there is to know',
  (_, [, document, title, ...says]) => {
    const text = section(document, title).toLowerCase();
    expect(says.filter((each) => !text.includes(each.toLowerCase()))).toEqual([]);
    // More than a heading and a promise.
    expect(text.length).toBeGreaterThan(150);
  },
);

test('a section ends where the next begins', () => {
  expect(section('docs/hosts.md', 'Neon')).not.toMatch(/Supabase/);
  expect(() => section('docs/hosts.md', 'Nowhere')).toThrow('docs/hosts.md has no heading');
  expect([saysWord('bundlers', 'Bun'), saysWord('Bun and Deno', 'Bun')]).toEqual([false, true]);
});

test('every document can be reached in two clicks', () => {
  const reached = new Set(kReached.map(({ to }) => to));
  const documents = read('docs/README.md').match(/\(([\w-]+\.md)\)/g) ?? [];
  expect(documents.length).toBeGreaterThan(20);
  expect(documents.map((name) => `docs/${name.slice(1, -1)}`).filter((path) => !reached.has(path))).toEqual([]);
});
