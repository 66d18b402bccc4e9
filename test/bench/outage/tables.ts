/** The figures as tables: for a terminal, and for Markdown. Pure. */
import Table from 'cli-table3';

import type { Verdict } from './bars';
import type { Figures } from './measure';

interface Column {
  readonly head: string;
  readonly cell: (figures: Figures) => string;
}

const ms = (value: number): string => (value === Infinity ? 'none' : `${Math.round(value)} ms`);
const number = (value: number): string => value.toLocaleString('en-US');

const kColumns: readonly Column[] = [
  { head: 'failed reads', cell: ({ failedReads }) => number(failedReads) },
  {
    head: 'failed writes',
    cell: ({ failedNotApplied, failedInDoubt, failedUnstated }) =>
      number(failedNotApplied + failedInDoubt + failedUnstated),
  },
  { head: 'hung', cell: ({ hung }) => number(hung) },
  { head: 'longest wait', cell: ({ longestWaitMs }) => ms(longestWaitMs) },
  { head: 'first success', cell: ({ firstSuccessMs }) => ms(firstSuccessMs) },
  { head: 'all settled', cell: ({ settledMs }) => (settledMs === Infinity ? 'never' : ms(settledMs)) },
  { head: 'peak', cell: ({ peakDemand }) => number(peakDemand) },
  { head: 'lost', cell: ({ lost }) => number(lost) },
  { head: 'doubled', cell: ({ doubled }) => number(doubled) },
  { head: 'denied', cell: ({ denied }) => number(denied) },
  { head: 'failed, yet written', cell: ({ failedYetWritten }) => number(failedYetWritten) },
];

export interface Row {
  readonly name: string;
  readonly runs: number;
  readonly figures: Figures;
}

export function terminalTable(title: string, rows: readonly Row[]): string {
  const table = new Table({
    head: [title, 'runs', ...kColumns.map(({ head }) => head.replace(/[ ,]+/, '\n'))],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', 'right', ...kColumns.map(() => 'right' as const)],
  });
  for (const { name, runs, figures } of rows) table.push([name, runs, ...kColumns.map(({ cell }) => cell(figures))]);
  return table.toString();
}

export function markdownTable(rows: readonly Row[]): string {
  return markdown(
    ['', 'runs', ...kColumns.map(({ head }) => head)],
    rows.map(({ name, runs, figures }) => [name, String(runs), ...kColumns.map(({ cell }) => cell(figures))]),
  );
}

const amount = ({ unit }: Verdict, value: number): string => (unit === 'ms' ? ms(value) : number(value));

export function terminalVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts.map((verdict) => `${standing(verdict).toUpperCase().padEnd(8)} ${asLine(verdict)}`).join('\n');
}

export function asLine(verdict: Verdict): string {
  const { what, value, limit, where } = verdict;
  if (value === undefined) return what;
  return `${what}: ${amount(verdict, value)} (${where}; limit ${amount(verdict, limit)}${leastPossible(verdict)})`;
}

export function markdownVerdicts(verdicts: readonly Verdict[]): string {
  return markdown(
    ['', 'limit', 'worst', 'where', ''],
    verdicts.map((verdict) => {
      const { what, value, limit, where } = verdict;
      const worst = value === undefined ? '' : amount(verdict, value);
      return [what, amount(verdict, limit), worst, where, `${standing(verdict)}${leastPossible(verdict)}`];
    }),
  );
}

function standing({ value, reached }: Verdict): string {
  if (value === undefined) return 'not run';
  return reached ? 'reached' : 'missed';
}

function leastPossible(verdict: Verdict): string {
  if (verdict.reached || verdict.leastPossible === undefined) return '';
  return `; this machine needs ${ms(verdict.leastPossible)} at the least`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
