/**
 * docs/tls.md: every way to say TLS, against good and bad servers. Driver and probe agree, or the probe is the stricter.
 *
 *   RESILIENCE_WRITE_DOCS=1 npm test -- e2e --only tls/table      writes the tables anew
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findPgBinaries } from '../../support/pg_binaries';
import { type ServerName, type TlsTheatre, kPassword, kServers, startTheatre } from './servers';
import { type Answer, type Place, inTurn, judge, judgeLibpq, kEnvironments, kLibpq, kNodePostgres } from './ways';

const kRoot = join(__dirname, '..', '..', '..');
const kDocument = join(kRoot, 'docs', 'tls.md');
const kHook = join(kRoot, 'test', 'support', 'typescript-hook.cjs');

let theatre: TlsTheatre;
beforeAll(async () => {
  theatre = await startTheatre();
});
afterAll(() => theatre.dispose());

const placeOf = (server: ServerName): Place => ({
  port: theatre.port(server),
  password: kPassword,
  authority: theatre.authority.certificate,
});

type Row = readonly [said: string, ask: (place: Place) => Promise<Answer>, withheld: boolean];

async function tableOf(rows: readonly Row[]): Promise<string> {
  const lines = [
    `| ${['said', ...kServers].join(' | ')} |`,
    `| ${['said', ...kServers].map(() => '---').join(' | ')} |`,
  ];
  const asked = await inTurn(rows, ([, ask]) => Promise.all(kServers.map((server) => ask(placeOf(server)))));
  for (const [index, [said, , withheld]] of rows.entries()) {
    const answers = asked[index] as Answer[];
    answers.forEach(({ driver, probe, result }, server) => {
      const what = `${said}, ${String(kServers[server])}: ${result.code} ${result.message}`;
      expect({ what, probe }).toEqual({ what, probe: driver && !withheld });
    });
    const cells = answers.map(({ driver, probe }) => (probe ? 'yes' : driver ? 'yes, probe told no password' : 'no'));
    lines.push(`| ${[said, ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

function expectDocumented(name: string, table: string): void {
  const text = readFileSync(kDocument, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- /${name} -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  expect(to).toBeGreaterThan(from - 1);
  if (process.env.RESILIENCE_WRITE_DOCS) writeFileSync(kDocument, text.slice(0, from) + table + text.slice(to));
  else expect(withoutPadding(text.slice(from, to))).toBe(withoutPadding(table));
}

/** Prettier sets tables in columns. */
const withoutPadding = (table: string): string => table.replace(/ +/g, ' ').replace(/-+/g, '-');

test('node-postgres', async () => {
  const rows = kNodePostgres.map((way): Row => [way.said, (place) => judge(way, place), way.withheld ?? false]);
  expectDocumented('node-postgres', await tableOf(rows));
});

test('the environment of node-postgres', async () => {
  const rows = kEnvironments.map(({ said, env }, index): Row => {
    const ask = async (place: Place): Promise<Answer> => {
      const args = ['-r', kHook, join(__dirname, 'judge-child.ts'), String(index), JSON.stringify(place)];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...process.env, NODE_OPTIONS: '--no-warnings', ...env(place.authority) },
      });
      return JSON.parse(stdout) as Answer;
    };
    return [said, ask, false];
  });
  expectDocumented('environment', await tableOf(rows));
});

test('libpq', async () => {
  const psql = join(findPgBinaries('system').bin, 'psql');
  const rows = kLibpq.map((query): Row => [
    query === '' ? 'nothing' : `\`?${query.replace('CA', 'ca.crt')}\``,
    (place) => judgeLibpq(query, place, psql),
    false,
  ]);
  expectDocumented('libpq', await tableOf(rows));
});
