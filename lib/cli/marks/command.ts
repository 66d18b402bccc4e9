/** `prisma-resilient marks`: the migration for the tables of this package, and whether the marker table can be relied on. */
import { type MarkProvider, kDefaultMarkTable, markMigration, onceMigration } from '../../tables/mark-migration';
import { isTableName } from '../../tables/table-name';
import { collectMarks } from '../doctor/collect/marks';
import { Deadline } from '../doctor/deadline';
import { collectProject } from '../doctor/collect/project';
import { type Io, kExit } from '../io';
import { painter } from '../layout';
import { type FoundUrl, findDatabaseUrl } from '../project/database-url';
import { parseConnectionUrl } from '../../connection-url';
import type { Secrets } from '../secrets';
import { UsageError, readArguments, text, wholeNumber } from '../usage';
import { modelsFor } from './model';

export const kMarksHelp = `Usage: prisma-resilient marks [options]

Prints the migration that makes the marker table (writes.markerTable) and the table of once(), and says whether the database
has the marker table and whether it can be relied on. Nothing is changed.

  --url URL        the database (default: as the datasource says, from the environment or .env)
  --provider NAME  postgresql, mysql or sqlite (default: as the URL says; without one, all of them)
  --table NAME     the marker table (default: as the project's text says, else ${kDefaultMarkTable})
  --check          for CI: the exit code says whether the table is there and healthy
  --timeout MS     for all of it (default: 5000)

Exit codes: 0 it was printed; 3 the command could not run
With --check: 0 the table is there and healthy, 2 it is not, 3 it could not be looked at
`;

const kProviders: readonly MarkProvider[] = ['postgresql', 'mysql', 'sqlite'];
const kTitles: Readonly<Record<MarkProvider, string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL and MariaDB',
  sqlite: 'SQLite',
};
const kLongestMs = 600_000;

/** Resolves with the exit code. Rejects with UsageError where it cannot run. */
export async function marks(args: readonly string[], io: Io, secrets: Secrets): Promise<number> {
  const values = readArguments(args, {
    url: { type: 'string' },
    provider: { type: 'string' },
    table: { type: 'string' },
    check: { type: 'boolean' },
    timeout: { type: 'string' },
  });
  const deadline = new Deadline(wholeNumber(values, 'timeout', 1, kLongestMs) ?? 5000);
  const project = collectProject(io.cwd, deadline);
  const found = findDatabaseUrl({
    project: io.cwd,
    env: io.env,
    given: text(values, 'url'),
    datasource: project.files.url,
  });
  if (found) secrets.addUrl(found.url);
  const table = text(values, 'table') ?? project.uses.markerTable ?? kDefaultMarkTable;
  if (!isTableName(table)) throw new UsageError(`--table: ${JSON.stringify(table)} is not a table's name`);
  const providers = providersOf(text(values, 'provider'), found);
  for (const provider of providers) io.out(section(provider, table));
  const [provider] = providers;
  const check = values.check === true;
  if (!found || providers.length > 1 || provider !== providerOf(found.url)) {
    if (check) throw new UsageError(`--check: there is no ${providers.length > 1 ? 'database' : provider} to look at`);
    return kExit.ok;
  }
  const health = await examine(io, secrets, found, table, deadline);
  return check ? kCodes[health] : kExit.ok;
}

type Health = 'healthy' | 'problem' | 'not looked at';

/** Of `--check`. Who only wants the migration has got it, most often because the table is not there yet. */
const kCodes: Readonly<Record<Health, number>> = {
  healthy: kExit.ok,
  problem: kExit.problems,
  'not looked at': kExit.couldNotRun,
};

function providersOf(given: string | undefined, found: FoundUrl | undefined): readonly MarkProvider[] {
  if (given !== undefined) {
    const known = kProviders.find((provider) => provider === given);
    if (!known) throw new UsageError(`--provider is to be one of ${kProviders.join(', ')}`);
    return [known];
  }
  const provider = found && providerOf(found.url);
  return provider ? [provider] : kProviders;
}

function providerOf(url: string): MarkProvider | undefined {
  const provider = parseConnectionUrl(url)?.provider;
  return kProviders.find((known) => known === provider);
}

function section(provider: MarkProvider, table: string): string {
  return (
    `-- ${kTitles[provider]}: the migration (prisma migrate dev --create-only, and this in its SQL)\n` +
    markMigration(provider, table).sql +
    '\n-- For resilient.once(), where it is used:\n' +
    onceMigration(provider) +
    '\n-- Their models, without which the next migration would drop the tables:\n' +
    commented(modelsFor(provider, table)) +
    '\n'
  );
}

function commented(text: string): string {
  return text.replace(/^(?=.)/gm, '-- ');
}

async function examine(io: Io, secrets: Secrets, found: FoundUrl, table: string, deadline: Deadline): Promise<Health> {
  const paint = painter(io.colour);
  const say = (line: string): void => io.out(`${secrets.hide(line)}\n`);
  const collected = await collectMarks(io.cwd, found.url, table, deadline);
  if (!collected.known) {
    say(`-- ${paint('yellow', 'not looked at')}: ${table} in the database of ${found.source}: ${collected.reason}`);
    return 'not looked at';
  }
  const { problems } = collected.known;
  if (problems.length === 0) {
    say(`-- ${paint('green', 'healthy')}: ${table} is there, in the database of ${found.source}, and can be relied on`);
    return 'healthy';
  }
  for (const problem of problems) say(`-- ${paint('red', 'problem')}: ${problem}`);
  return 'problem';
}
