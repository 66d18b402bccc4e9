/**
 * Outages, side by side: the same open-loop load and the same real fault for each subject, one after another, each in a
 * process of its own on a server of its own.
 *
 *   npm run bench:outage                                     every fault at 100 and 1,000 operations a second
 *   npm run bench:outage -- --quick                          three faults at 100/s, in less than two minutes
 *   npm run bench:outage -- --faults stop,swallow --rates 100 --subjects ours,bare --repeat 3 [--write-docs]
 *
 * --repeat says how often this package is run, 5 times if it is not given; the others are run once.
 * Ends with status 1 where this package has missed a bar.
 */
import { parseArgs } from 'node:util';

import { findPgBinaries } from '../../support/pg_binaries';
import { type Verdict, judge } from './bars';
import { checkConnections, checkQuiet } from './checks';
import { type Findings, writeDocs } from './docs';
import { type FaultName, kFaults } from './faults';
import { describeMachine } from './machine';
import { summarise } from './measure';
import { type Run, run } from './run';
import { type SubjectName, kSubjects } from './subjects';
import { terminalTable, terminalVerdicts } from './tables';

interface Plan {
  readonly faults: readonly FaultName[];
  readonly rates: readonly number[];
  readonly subjects: readonly SubjectName[];
  readonly repeats: number;
  readonly checks: boolean;
  readonly writeDocs: boolean;
}

const kAllFaults = Object.keys(kFaults) as FaultName[];
const kQuick: readonly FaultName[] = ['stop', 'terminate', 'swallow'];

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string' },
      rates: { type: 'string' },
      subjects: { type: 'string' },
      repeat: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-checks': { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const rates = (values.rates ?? (quick ? '100' : '100,1000')).split(',').map(Number);
  const repeats = Number(values.repeat ?? (quick ? 1 : 5));
  if (![...rates, repeats].every((each) => Number.isInteger(each) && each > 0)) {
    throw new Error('--rates and --repeat take whole numbers from 1');
  }
  return {
    faults: list('faults', values.faults, kAllFaults) ?? (quick ? kQuick : kAllFaults),
    rates,
    subjects: list('subjects', values.subjects, Object.keys(kSubjects) as SubjectName[]) ?? [
      'ours',
      'bare',
      'cockatiel',
    ],
    repeats,
    checks: !quick && !values['no-checks'] && values.faults === undefined,
    writeDocs: values['write-docs'],
  };
}

/** The others are shown for comparison; it is this package's bars that are medians. */
function isOurs(subject: SubjectName): boolean {
  return subject === 'ours' || subject === 'verify';
}

function list<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): Name[] | undefined {
  return text?.split(',').map((name) => {
    if (known.includes(name as Name)) return name as Name;
    throw new Error(`--${option}: there is no ${name}; there are ${known.join(', ')}`);
  });
}

async function runAll({ faults, rates, subjects, repeats }: Plan): Promise<Run[]> {
  const runs: Run[] = [];
  for (const rate of rates) {
    for (const fault of faults) {
      for (let i = 1; i <= repeats; ++i) {
        for (const subject of i === repeats ? subjects : subjects.filter(isOurs)) {
          const result = await run(fault, rate, subject);
          // The pictures need those of the last one only.
          runs.push(i === repeats ? result : { ...result, operations: [] });
        }
      }
      const here = runs.filter((each) => each.rate === rate && each.fault === fault);
      const rows = subjects.map((subject) => ({ name: kSubjects[subject], figures: figuresOf(here, subject) }));
      console.log(terminalTable(`${kFaults[fault].title}, ${rate}/s`, rows));
      process.stdout.write(subjects.map((subject) => errorsOf(here, subject)).join(''));
    }
  }
  return runs;
}

function figuresOf(runs: readonly Run[], subject: SubjectName): Run['figures'] {
  return summarise(runs.filter((each) => each.subject === subject).map(({ figures }) => figures));
}

/** The most frequent errors, so that a figure can be understood. */
function errorsOf(runs: readonly Run[], subject: SubjectName): string {
  const errors = sumOf(runs.filter((each) => each.subject === subject).map((each) => each.errors));
  const most = Object.entries(errors).sort(([, a], [, b]) => b - a);
  return most
    .slice(0, 4)
    .map(([error, times]) => `  ${kSubjects[subject]}: ${times} x ${error}\n`)
    .join('');
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, times] of counts.flatMap((each) => Object.entries(each))) sum[name] = (sum[name] ?? 0) + times;
  return sum;
}

function summariesOf(runs: readonly Run[], { faults, rates, subjects }: Plan): Findings['summaries'] {
  return rates.flatMap((rate) =>
    faults.flatMap((fault) =>
      subjects.map((subject) => {
        const same = runs.filter((each) => each.rate === rate && each.fault === fault && each.subject === subject);
        const events = sumOf(same.map((each) => each.events));
        return { fault, rate, subject, events, figures: summarise(same.map(({ figures }) => figures)) };
      }),
    ),
  );
}

async function main(): Promise<void> {
  const plan = readPlan();
  const machine = describeMachine(findPgBinaries().version);
  console.log(`outage: ${machine}`);
  const runs = await runAll(plan);
  const summaries = summariesOf(runs, plan);
  const verdicts: Verdict[] = plan.subjects.includes('ours')
    ? judge(summaries.filter(({ subject }) => subject === 'ours'))
    : [];
  if (plan.checks) verdicts.push(await checkConnections(), await checkQuiet());
  console.log(`\n${terminalVerdicts(verdicts)}`);
  if (plan.writeDocs) {
    for (const file of writeDocs({ machine, repeats: plan.repeats, runs, summaries, verdicts }))
      console.log(`wrote ${file}`);
  }
  if (verdicts.some(({ value, reached }) => value !== undefined && !reached)) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
