/** `prisma-resilient doctor`. */
import { type Io, kExit } from '../io';
import { painter } from '../layout';
import { type FoundUrl, findDatabaseUrl } from '../project/database-url';
import { parseConnectionUrl, redirected } from '../../connection-url';
import type { Secrets } from '../secrets';
import { flag, readArguments, text, wholeNumber } from '../usage';
import { collectProbe } from './collect/probe';
import { collectProject } from './collect/project';
import { collectServer } from './collect/server';
import { collectUrl } from './collect/url';
import { Deadline } from './deadline';
import type { Facts, Known, ProbeFacts } from './facts';
import { count, examine } from './finding';
import { type DoctorReport, renderReport } from './report';
import { kRules } from './rules';

export const kDoctorHelp = `Usage: prisma-resilient doctor [options]

Looks at the project in this folder and at its database, and says what will hurt, why, and what to do about it.
The project's files are read as text and nothing of it is run. The database is only asked.

  --url URL        the database (default: as the datasource says, from the environment or .env)
  --instances N    processes of the application that run at once (default: 1)
  --pool N         connections of each (default: as the project's text says)
  --timeout MS     for everything; what is not known by then is skipped (default: 15000)
  --json           the report as JSON on standard output

Exit codes: 0 nothing worse than info, 1 warnings, 2 problems, 3 the doctor could not run
`;

const kLongestMs = 600_000;
const kMost = 1_000_000;
const kTimeoutMs = 15_000;

/** Resolves with the exit code. Rejects with UsageError where it cannot run. */
export async function doctor(args: readonly string[], io: Io, secrets: Secrets): Promise<number> {
  const values = readArguments(args, {
    url: { type: 'string' },
    instances: { type: 'string' },
    pool: { type: 'string' },
    timeout: { type: 'string' },
    json: { type: 'boolean' },
  });
  const given = text(values, 'url');
  const intent = {
    instances: wholeNumber(values, 'instances', 1, kMost) ?? 1,
    pool: wholeNumber(values, 'pool', 1, kMost),
  };
  const deadline = new Deadline(wholeNumber(values, 'timeout', 1, kLongestMs) ?? kTimeoutMs);
  const facts = await collect(io, given, intent, deadline, secrets);
  const { findings, skipped } = examine(facts, kRules);
  const counts = count(findings);
  const exitCode = counts.problem > 0 ? kExit.problems : counts.warning > 0 ? kExit.warnings : kExit.ok;
  const report = secrets.hideIn<DoctorReport>({ version: 1, findings, skipped, counts, facts, exitCode });
  if (flag(values, 'json')) io.out(`${JSON.stringify(report, undefined, 2)}\n`);
  else io.out(renderReport(report, painter(io.colour), io.width));
  return exitCode;
}

async function collect(
  io: Io,
  given: string | undefined,
  intent: Facts['intent'],
  deadline: Deadline,
  secrets: Secrets,
): Promise<Facts> {
  const project = collectProject(io.cwd, deadline);
  const datasource = project.files.url;
  const found = findDatabaseUrl({ project: io.cwd, env: io.env, given, datasource });
  if (!found) {
    const missing = { reason: 'no database URL was found' };
    return { project: published(project), url: undefined, probe: missing, server: missing, intent };
  }
  secrets.addUrl(found.url);
  const isLiteral = datasource !== undefined && 'literal' in datasource && datasource.literal === found.url;
  const url = await collectUrl(found, isLiteral, deadline);
  const reason = { reason: `the database URL is ${url.provider}: this check is for PostgreSQL` };
  if (url.provider !== 'postgresql') return { project: published(project), url, probe: reason, server: reason, intent };
  const probe: Known<ProbeFacts> =
    project.addon.probe === undefined
      ? await collectProbe(found.url, deadline)
      : { reason: 'the native probe cannot be loaded' };
  const server = await collectServer(io.cwd, oneHost(found, probe), deadline, project.uses.markerTable);
  return { project: published(project), url, probe, server, intent };
}

/** node-postgres knows no list of hosts: the one that the probe has chosen, else the first. */
function oneHost({ url }: FoundUrl, probe: Known<ProbeFacts>): string {
  const [first, ...others] = parseConnectionUrl(url)?.hosts ?? [];
  if (!first || others.length === 0) return url;
  return redirected(url, probe.known?.verdict === 'up' ? probe.known : first);
}

/** Without a URL that stands in the source. */
function published(project: Facts['project']): Facts['project'] {
  const { url } = project.files;
  if (!url || 'env' in url) return project;
  return { ...project, files: { ...project.files, url: { literal: '***' } } };
}
