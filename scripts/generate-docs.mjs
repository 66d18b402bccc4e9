// Writes what the code itself knows into the documents: the configuration table and the state diagram. Sections stand
// between `<!-- generated: NAME -->` and `<!-- /generated -->`. `--check` only says which are out of date.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
require('../test/support/typescript-hook.cjs');
const { native } = require('../lib/native.ts');
const { kLatencyHistogram, kMetricFamilies } = require('../lib/observe/metric-families.ts');

/** Rows of the tests of errors, which meet the faults on real servers; see test/e2e/errors/row.ts. */
function errorRows(rows, releases) {
  const cell = ({ expected, differs, notIn }, release) => {
    const places = hasRustEngine(release) ? ['rust', release] : [release];
    const reason = places.map((place) => notIn?.[place]).find(Boolean);
    if (reason) return `– (${reason})`;
    const { errorClass, outcome } = Object.assign({}, expected, ...places.map((place) => differs?.[place]));
    return [errorClass, outcome].filter(Boolean).join(', ');
  };
  const names = { 5: 'Prisma 5.22', '6-rust': '6.19, Rust engine', 6: 'Prisma 6.19', 7: 'Prisma 7.10' };
  const line = (cells) => `| ${cells.map(escape).join(' | ')} |`;
  return [
    line(['the fault', ...releases.map((release) => names[release])]),
    `|${'---|'.repeat(releases.length + 1)}`,
    ...rows.map((row) => line([row.name, ...releases.map((release) => cell(row, release))])),
  ].join('\n');
}

const hasRustEngine = (release) => release === 5 || release === '6-rust';

/** Tests are TypeScript. */
function fromTests(file) {
  return require(join(root, 'test', file));
}

/** The keys of the configuration by what one wants of them, each by its beginning; the longest that fits counts. */
const kGroups = [
  ['How long an operation waits, and how often it runs', ['preset', 'reconnect.']],
  ['Writes and transactions', ['writes.', 'transactions.', 'isIdempotent', 'classifyError']],
  ['Finding out that the database is gone, and back', ['probe.', 'warmup.', 'healthCheck.']],
  [
    'New connections and new clients',
    ['refresh.', ...['hardReset', 'maxConsecutive', 'maxConnectionAge', 'minReset'].map((name) => `reconnect.${name}`)],
  ],
  ['Limits for kinds of calls', ['timeouts.', 'bulkheads.', 'circuitBreaker.', 'cache.']],
  ['Memory', ['memory.']],
  ['Logs, warnings and hooks', ['logging.', 'warnings.', 'onError']],
];

function groupOf(path) {
  const fits = kGroups.flatMap((group) =>
    group[1].filter((begin) => path.startsWith(begin)).map((begin) => [begin, group]),
  );
  if (fits.length === 0) throw new Error(`scripts/generate-docs.mjs: in which group is the key ${path}?`);
  return fits.sort(([a], [b]) => b.length - a.length)[0][1];
}

/** Those that most services will ever touch. */
const kKeysThatMatter = [
  'preset',
  'reconnect.deadline',
  'reconnect.maxAttempts',
  'writes.onUnknownOutcome',
  'writes.markerTable',
  'transactions.retry',
  'probe.url',
  'timeouts.operation',
  'logging.level',
  'onError',
];

function configurationTable(keys) {
  const rows = keys.map(
    ({ path, defaultText, accepted, meaning }) =>
      `| \`${path}\` | ${cell(defaultText)} | ${escape(accepted)} | ${escape(meaning)} |`,
  );
  return ['| key | default | accepted | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

const kSections = {
  'errors-postgresql': () => errorRows(fromTests('e2e/errors/postgres-rows.ts').kPostgresRows, [5, '6-rust', 6, 7]),
  'errors-mariadb': () => errorRows(fromTests('matrix-errors/mariadb-rows.ts').kMariaRows, ['6-rust', 6, 7]),
  'errors-sqlite': () => errorRows(fromTests('matrix-errors/sqlite-rows.ts').kSqliteRows, [6, 7]),
  configuration: () => {
    const groups = kGroups.map(([title, members]) => {
      const keys = native.configKeys().filter(({ path }) => groupOf(path)[1] === members);
      return `## ${title}\n\n${configurationTable(keys)}`;
    });
    return groups.join('\n\n');
  },
  'configuration-that-matters': () =>
    configurationTable(kKeysThatMatter.map((name) => native.configKeys().find(({ path }) => path === name))),
  metrics: () => {
    const families = [...kMetricFamilies, { ...kLatencyHistogram, type: 'histogram', labels: ['le'] }];
    const rows = families.map(
      ({ name, type, labels = [], help }) =>
        `| \`prisma_resilient_${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${escape(help)} |`,
    );
    return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
  },
  'state-diagram': () => {
    // An event that changes nothing would hide those that do.
    const moves = native.stateTable().filter(({ from, to, event }) => from !== to && event !== 'stop');
    const merged = new Map();
    for (const { from, to, event } of moves)
      merged.set(`${from} --> ${to}`, [...(merged.get(`${from} --> ${to}`) ?? []), event]);
    const lines = [...merged].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
    return ['```mermaid', 'stateDiagram-v2', '  [*] --> connecting', ...lines, '```'].join('\n');
  },
};

function escape(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** What a key goes by where it is not given. Throws where the addon calls that by another name. */
function cell(text) {
  if (typeof text !== 'string') throw new Error(`scripts/generate-docs.mjs: expected a text, got ${String(text)}`);
  return text === '' ? '' : `\`${escape(text)}\``;
}

const check = process.argv.includes('--check');
const files = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
let stale = 0;
for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8');
  const fresh = text.replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (whole, begin, name, end) => {
      if (!(name in kSections)) throw new Error(`${file}: there is no generated section called ${name}`);
      return `${begin}${kSections[name]()}\n${end}`;
    },
  );
  if (fresh === text) continue;
  stale += 1;
  if (check) console.error(`${file} is out of date: run node scripts/generate-docs.mjs`);
  else writeFileSync(join(root, file), fresh);
}
process.exit(check && stale > 0 ? 1 : 0);
