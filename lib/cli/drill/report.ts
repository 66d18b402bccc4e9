/** What a drill says in the end, for people and for programs. */
import { type Paint, table } from '../layout';
import type { DrillResult, FaultOutcome, FaultVerdict } from './drill';
import type { LoadEnd } from './load';

/** The shape of `--json`; `version` changes when a field changes its meaning or goes away. */
export interface DrillReport {
  readonly version: 1;
  readonly command: readonly string[];
  readonly database: { readonly host: string; readonly port: number; readonly proxyPort: number };
  readonly healthy: DrillResult['healthy'];
  readonly faults: readonly FaultOutcome[];
  readonly load: LoadEnd & {
    /** Whether it ended before the drill ended it. */
    readonly endedItself: boolean;
    readonly lines: number;
    readonly errorLines: number;
  };
  /** The application recovered from all faults, with no more error lines than --max-errors allows. */
  readonly passed: boolean;
  readonly exitCode: number;
}

const kVerdicts: Readonly<Record<FaultVerdict, string>> = {
  recovered: 'recovered',
  crippled: 'NOT RECOVERED: less than half of the healthy rate',
  silent: 'NOT RECOVERED: no answer after the fault',
  'load-ended': 'THE LOAD ENDED',
  'not-run': 'not run',
};

export function describeOutcome(outcome: FaultOutcome): string {
  const back = outcome.recoveredMs === null ? '' : `, ${ms(outcome.recoveredMs)} after the fault's end`;
  return `${kVerdicts[outcome.verdict]}${back}`;
}

/** The table, and a closing line. */
export function renderReport(report: DrillReport, paint: Paint): string {
  const head = [
    'fault',
    'lasted',
    'answers/s',
    'first answer',
    'recovered',
    'connections',
    'struck',
    'opened/s',
    'errors',
    'verdict',
  ];
  const rows = report.faults.map((each) =>
    each.verdict === 'not-run'
      ? [each.name, ...Array<string>(8).fill('-'), kVerdicts['not-run']]
      : [
          each.name,
          ms(each.durationMs),
          `${rate(each.answersPerSecond.before)} > ${rate(each.answersPerSecond.after)}`,
          ms(each.firstAnswerMs),
          ms(each.recoveredMs),
          `${each.connections.before} > ${each.connections.after}`,
          each.struck === null ? '-' : String(each.struck),
          String(each.peakNewConnectionsPerSecond),
          String(each.errorLines),
          kVerdicts[each.verdict],
        ],
  );
  const { host, port } = report.database;
  const { answersPerSecond, connections } = report.healthy;
  const intro = `${host}:${port}, healthy: ${rate(answersPerSecond)} answers/s on ${connections} connections`;
  const missed = report.faults.filter(({ struck }) => struck === 0).map(({ name }) => name);
  const notes = missed.length > 0 ? `No connection gave occasion for: ${missed.join(', ')}\n` : '';
  return `${paint('bold', intro)}\n\n${table(head, rows)}\n${notes}${conclusion(report, paint)}\n`;
}

function conclusion(report: DrillReport, paint: Paint): string {
  const { load, faults, passed } = report;
  const recovered = faults.filter(({ verdict }) => verdict === 'recovered').length;
  const errors = `${load.errorLines} error ${load.errorLines === 1 ? 'line' : 'lines'}`;
  const early = load.endedItself ? `; the load ended by itself with ${load.signal ?? load.exitCode}` : '';
  return paint(passed ? 'green' : 'red', `recovered from ${recovered} of ${faults.length} faults, ${errors}${early}`);
}

function ms(value: number | null): string {
  return value === null ? '-' : `${Math.round(value)} ms`;
}

function rate(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}
