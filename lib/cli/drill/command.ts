/** `prisma-resilient drill`. */
import { kExit, type Io } from '../io';
import { painter } from '../layout';
import { findDatabaseUrl } from '../project/database-url';
import { redirected } from '../../connection-url';
import { readPrismaFiles } from '../project/prisma-files';
import { Secrets } from '../secrets';
import { UsageError, flag, readArguments, text, wholeNumber } from '../usage';
import { Drill } from './drill';
import { chooseFaults, kFaults } from './faults';
import { Load } from './load';
import { FaultProxy } from '../../faults/network/fault-proxy';
import { type DrillReport, describeOutcome, renderReport } from './report';
import { type DrillTarget, findTarget } from './target';

export const kDrillHelp = `Usage: prisma-resilient drill [options] -- <command> [arguments]

Runs your own load command with its database URL pointing at a proxy on this machine, makes faults in the proxy,
and reports what became of the traffic. Neither the database nor the connections of others are touched.

  --url URL            the database (default: the variable of --env, from the environment or .env)
  --env NAME           the variable from which the command takes its URL (default: DATABASE_URL)
  --faults LIST        names separated by commas, each with :ms where its usual duration will not do
  --settle MS          undisturbed traffic before each fault (default: 3000)
  --recover MS         how long traffic may take to come back (default: 15000)
  --start MS           how long the command may take to its first answer (default: 30000)
  --error-pattern RE   output lines that count as errors (default: every line on standard error)
  --max-errors N       fail where there are more error lines than this (default: no limit)
  --grace MS           from SIGTERM to SIGKILL at the end (default: 5000)
  --quiet              do not pass the command's output on (it goes to standard error)
  --json               the report as JSON on standard output
  --yes                also where the database is neither on this machine nor in a private network

Faults:
${kFaults.map(({ name, what, durationMs }) => `  ${name.padEnd(14)}${what}${durationMs > 0 ? ` (${durationMs} ms)` : ''}`).join('\n')}

Exit codes: 0 recovered from all, 1 not, 3 the drill could not run, 128 + n ended by signal n
`;

const kLongestMs = 3_600_000;
const kSignals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

interface Settings {
  readonly command: readonly [string, ...string[]];
  readonly url: string;
  readonly env: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly faults: ReturnType<typeof chooseFaults>;
  readonly settleMs: number;
  readonly recoverMs: number;
  readonly startMs: number;
  readonly graceMs: number;
  readonly errorPattern: RegExp | undefined;
  readonly maxErrors: number;
}

/** Resolves with the exit code. Rejects with UsageError where it cannot run. */
export async function drill(args: readonly string[], io: Io, secrets: Secrets): Promise<number> {
  const settings = read(args, io, secrets);
  const target = await findTarget(settings.url, settings.yes);
  if (target.url.parameters.some(([name, value]) => name === 'sslmode' && value === 'verify-full')) {
    io.err("note: with sslmode=verify-full the database's certificate will not match 127.0.0.1, where the proxy is\n");
  }
  const proxy = await FaultProxy.start({
    target: target.address,
    protocol: target.url.provider === 'postgresql' ? 'postgres' : 'raw',
  });
  try {
    return await runBehind(proxy, target, settings, io, secrets);
  } finally {
    await proxy.dispose();
  }
}

async function runBehind(
  proxy: FaultProxy,
  target: DrillTarget,
  settings: Settings,
  io: Io,
  secrets: Secrets,
): Promise<number> {
  const { command, env, errorPattern, quiet, json } = settings;
  const interruption = new AbortController();
  const load = await Load.start({
    command,
    cwd: io.cwd,
    env: { ...io.env, [env]: redirected(settings.url, proxy) },
    errorPattern,
    onLine: (line) => {
      if (!quiet) io.err(`${secrets.hide(line)}\n`);
    },
  });
  let received: keyof typeof kSignals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait.
    load.signal(received === undefined ? signal : 'SIGKILL');
    received ??= signal as keyof typeof kSignals;
    interruption.abort();
  };
  const names = Object.keys(kSignals) as (keyof typeof kSignals)[];
  for (const name of names) process.on(name, forward);
  try {
    const result = await new Drill({
      proxy,
      load,
      ...settings,
      interrupted: interruption.signal,
      onFault: ({ name, what }) => io.err(`drill: ${name}: ${what}\n`),
      onOutcome: (outcome) => io.err(`drill: ${outcome.name}: ${describeOutcome(outcome)}\n`),
    }).run();
    const end = await load.stop(settings.graceMs);
    const recovered = result.faults.every(({ verdict }) => verdict === 'recovered');
    const passed = recovered && load.errorLines <= settings.maxErrors;
    const report: DrillReport = secrets.hideIn<DrillReport>({
      version: 1,
      command,
      database: { ...target.named, proxyPort: proxy.port },
      healthy: result.healthy,
      faults: result.faults,
      load: { ...end, endedItself: result.loadEndedItself !== null, lines: load.lines, errorLines: load.errorLines },
      passed,
      exitCode: received === undefined ? (passed ? kExit.ok : kExit.notRecovered) : 128 + kSignals[received],
    });
    io.out(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report, painter(io.colour)));
    return report.exitCode;
  } finally {
    await load.stop(settings.graceMs);
    for (const name of names) process.off(name, forward);
  }
}

function read(args: readonly string[], io: Io, secrets: Secrets): Settings {
  const split = args.indexOf('--');
  const [program, ...rest] = split < 0 ? [] : args.slice(split + 1);
  const values = readArguments(split < 0 ? args : args.slice(0, split), {
    url: { type: 'string' },
    env: { type: 'string' },
    faults: { type: 'string' },
    settle: { type: 'string' },
    recover: { type: 'string' },
    start: { type: 'string' },
    'error-pattern': { type: 'string' },
    'max-errors': { type: 'string' },
    grace: { type: 'string' },
    quiet: { type: 'boolean' },
    json: { type: 'boolean' },
    yes: { type: 'boolean' },
  });
  if (program === undefined) throw new UsageError('the load command is missing: drill [options] -- <command>');
  const env = text(values, 'env') ?? 'DATABASE_URL';
  const given = text(values, 'url');
  const { url: datasource } = readPrismaFiles(io.cwd);
  const variable = values.env === undefined ? undefined : env;
  const found = findDatabaseUrl({ project: io.cwd, env: io.env, given, datasource, variable });
  if (!found) throw new UsageError(`no database URL: neither --url nor ${env}, in the environment or .env`);
  secrets.addUrl(found.url);
  return {
    command: [program, ...rest],
    url: found.url,
    env,
    json: flag(values, 'json'),
    quiet: flag(values, 'quiet'),
    yes: flag(values, 'yes'),
    faults: chooseFaults(text(values, 'faults')),
    settleMs: wholeNumber(values, 'settle', 100, kLongestMs) ?? 3000,
    recoverMs: wholeNumber(values, 'recover', 0, kLongestMs) ?? 15_000,
    startMs: wholeNumber(values, 'start', 100, kLongestMs) ?? 30_000,
    graceMs: wholeNumber(values, 'grace', 0, kLongestMs) ?? 5000,
    errorPattern: pattern(text(values, 'error-pattern')),
    maxErrors: wholeNumber(values, 'max-errors', 0, Number.MAX_SAFE_INTEGER) ?? Infinity,
  };
}

function pattern(source: string | undefined): RegExp | undefined {
  try {
    return source === undefined ? undefined : new RegExp(source);
  } catch {
    throw new UsageError('--error-pattern is no regular expression');
  }
}
