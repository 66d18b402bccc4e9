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

/** What somebody looks for, where it stands, and what has to be said there. */
const kTopics: readonly (readonly [RegExp, string, ...RegExp[]])[] = [
  [/platforms/i, 'docs/platforms.md', /linux-arm64-musl/, /win32-x64/, /darwin-arm64/, /WebAssembly/],
  [
    /pgbouncer/i,
    'docs/pgbouncer.md',
    /session mode/i,
    /transaction mode/i,
    /server_login_retry/,
    /max_client_conn/,
    /not/,
  ],
  ...['RDS', 'Aurora', 'RDS Proxy', 'Neon', 'Supabase', 'Cloud SQL', 'Prisma Postgres'].map(
    (host) => [new RegExp(host), 'docs/hosts.md', new RegExp(`^## .*${host}$`, 'm'), /failover/, /Settings/] as const,
  ),
  [/bun/i, 'docs/bun-and-deno.md', /bun run/],
  [/deno/i, 'docs/bun-and-deno.md', /deno run/],
  [/glossary/i, 'docs/glossary.md', /\*\*outcome\*\*/, /\*\*generation\*\*/, /\*\*parked\*\*/],
  [/which settings/i, 'docs/settings.md', /web API/, /worker/, /serverless/, /cron/, /batch/],
  [/before and after/i, 'docs/before-and-after.md', /attempt/],
  [/reviewers/i, 'docs/reviewers.md', /native/, /opens/, /never/, /provenance/, /reproducib/, /dependencies/],
  [/nest/i, 'docs/nest.md', /terminus/, /overrideProvider/, /useFactory/, /onApplicationShutdown/],
  [/bundlers/i, 'docs/bundlers.md', /webpack/, /rollup/i, /esbuild/, /ncc/, /tsup/, /Next\.js/],
  [/testing/i, 'docs/testing.md', /faultyNetwork/, /Ledger/, /Vitest/, /Jest/, /node:test/],
  [/writes/i, 'docs/writes.md', /markerTable/],
  [/errors/i, 'docs/errors.md', /outcome/],
  [/TLS/, 'docs/tls.md', /sslmode/],
  [/dashboard/i, 'docs/observability.md', /Prometheus/, /OpenTelemetry/, /Grafana/],
  [/doctor/i, 'docs/doctor.md', /prisma-resilient doctor/],
  [/drill/i, 'docs/drill.md', /prisma-resilient drill/],
  [/0\.2/, 'docs/migration.md', /0\.2/],
  [/limits/i, 'docs/limits.md', /not/],
  [/API/, 'docs/api/README.md', /index\.md/],
  [/all (of them|keys)/i, 'docs/configuration.md', /reconnect\.deadline/],
  [/security/i, 'SECURITY.md', /password/],
];

test.each(kTopics.map(([topic, document, ...said]) => ({ topic, document, said })))(
  '$topic is found in $document',
  ({ topic, document, said }) => {
    const found = kReached.filter(({ words, to }) => to === document && topic.test(words));
    expect(found.map(({ words }) => words)).not.toEqual([]);
    for (const words of said) expect(read(document)).toMatch(words);
  },
);

test('every document can be reached in two clicks', () => {
  const reached = new Set(kReached.map(({ to }) => to));
  const documents = read('docs/README.md').match(/\(([\w-]+\.md)\)/g) ?? [];
  expect(documents.length).toBeGreaterThan(20);
  expect(documents.map((name) => `docs/${name.slice(1, -1)}`).filter((path) => !reached.has(path))).toEqual([]);
});
