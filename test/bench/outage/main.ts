/**
 * Outages, side by side: the same open-loop load and the same real fault for each subject, one after another, each in a
 * process of its own on a server of its own. Ends with status 1 where this package has missed a bar. See plan.ts.
 */
import { findPgBinaries } from '../../support/pg_binaries';
import { type Verdict, isMissed, judge } from './bars';
import { describeCapacity, gaugeMachine } from './capacity';
import { checkConnections, checkQuiet } from './checks';
import { type Findings, writeDocs } from './docs';
import { type FaultName, kFaults } from './faults';
import { KeptRuns } from './kept-runs';
import { describeMachine } from './machine';
import { summarise } from './measure';
import { type Plan, kUsage, readPlan, stepsOf } from './plan';
import { type Run, run } from './run';
import { type SubjectName, kSubjects } from './subjects';
import { asLine, terminalTable, terminalVerdicts } from './tables';

async function runAll(plan: Plan): Promise<Run[]> {
  const kept = new KeptRuns(plan.resume);
  const runs: Run[] = [];
  for (const rate of plan.rates) {
    for (const fault of plan.faults) {
      const here: Run[] = [];
      for (const step of stepsOf(plan, fault, rate)) {
        const before = kept.find(step);
        const result = before ?? (await run(fault, rate, step.subject));
        if (!before) kept.add(step, result);
        here.push(result);
      }
      if (here.length > 0) show(here, plan, fault, rate);
      runs.push(...here);
    }
  }
  return runs;
}

function show(here: readonly Run[], { subjects }: Plan, fault: FaultName, rate: number): void {
  const rows = subjects.map((subject) => {
    const same = here.filter((each) => each.subject === subject);
    return { name: kSubjects[subject], runs: same.length, figures: summarise(same.map(({ figures }) => figures)) };
  });
  console.log(terminalTable(`${kFaults[fault].title}, ${rate}/s`, rows));
  process.stdout.write(subjects.map((subject) => errorsOf(here, subject)).join(''));
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
      subjects.flatMap((subject) => {
        const same = runs.filter((each) => each.rate === rate && each.fault === fault && each.subject === subject);
        if (same.length === 0) return [];
        const events = sumOf(same.map((each) => each.events));
        const figures = summarise(same.map((each) => each.figures));
        return [{ fault, rate, subject, runs: same.length, events, figures }];
      }),
    ),
  );
}

async function main(): Promise<void> {
  const plan = readPlan(process.argv.slice(2));
  if (!plan) {
    console.log(kUsage);
    return;
  }
  const machine = describeMachine(findPgBinaries().version);
  const capacity = await gaugeMachine();
  console.log(`outage: ${machine}; a bare client alone completes ${describeCapacity(capacity)}`);
  const runs = await runAll(plan);
  const summaries = summariesOf(runs, plan);
  const verdicts: Verdict[] = plan.subjects.includes('ours')
    ? judge(
        summaries.filter(({ subject }) => subject === 'ours'),
        capacity,
      )
    : [];
  if (plan.checks) verdicts.push(...(await Promise.all([checkConnections(), checkQuiet()])));
  console.log(`\n${terminalVerdicts(verdicts)}`);
  if (plan.writeDocs) {
    for (const file of writeDocs({ machine, capacity, runs, summaries, verdicts })) console.log(`wrote ${file}`);
  }
  const missed = verdicts.filter(isMissed);
  if (missed.length > 0) {
    console.error(`\n${missed.length} missed:\n${missed.map((verdict) => `  ${asLine(verdict)}`).join('\n')}`);
    process.exitCode = 1;
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
