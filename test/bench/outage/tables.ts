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
  readonly figures: Figures;
}

export function terminalTable(title: string, rows: readonly Row[]): string {
  const table = new Table({
    head: [title, ...kColumns.map(({ head }) => head.replace(/[ ,]+/, '\n'))],
    style: { compact: true, head: [], border: [] },
    colAligns: ['left', ...kColumns.map(() => 'right' as const)],
  });
  for (const { name, figures } of rows) table.push([name, ...kColumns.map(({ cell }) => cell(figures))]);
  return table.toString();
}

export function markdownTable(rows: readonly Row[]): string {
  return markdown(
    ['', ...kColumns.map(({ head }) => head)],
    rows.map(({ name, figures }) => [name, ...kColumns.map(({ cell }) => cell(figures))]),
  );
}

const amount = ({ unit }: Verdict, value: number): string => (unit === 'ms' ? ms(value) : number(value));

export function terminalVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts
    .map((verdict) => {
      const { what, value, limit, where, reached } = verdict;
      if (value === undefined) return `not run  ${what}`;
      const at = `${amount(verdict, value)} (${where}; limit ${amount(verdict, limit)})`;
      return `${reached ? 'reached ' : 'MISSED  '} ${what}: ${at}`;
    })
    .join('\n');
}

export function markdownVerdicts(verdicts: readonly Verdict[]): string {
  return markdown(
    ['', 'limit', 'worst', 'where', ''],
    verdicts.map((verdict) => {
      const { what, value, limit, where, reached } = verdict;
      const worst = value === undefined ? '' : amount(verdict, value);
      return [
        what,
        amount(verdict, limit),
        worst,
        where,
        value === undefined ? 'not run' : reached ? 'reached' : 'missed',
      ];
    }),
  );
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
