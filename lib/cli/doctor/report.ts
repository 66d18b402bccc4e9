/** What a doctor says in the end, for people and for programs. */
import { type Paint, type Style, wrap } from '../layout';
import type { Facts } from './facts';
import { type Finding, type Severity, type Skipped, count } from './finding';

/** The shape of `--json`; `version` changes when a field changes its meaning or goes away. */
export interface DoctorReport {
  readonly version: 1;
  readonly findings: readonly Finding[];
  /** Checks that could not be made. */
  readonly skipped: readonly Skipped[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly facts: Facts;
  readonly exitCode: number;
}

const kLook: Readonly<Record<Severity, readonly [mark: string, style: Style]>> = {
  problem: ['PROBLEM', 'red'],
  warning: ['WARNING', 'yellow'],
  info: ['info', 'blue'],
  ok: ['ok', 'green'],
};
const kIndent = '         ';

/** The worst first; within one severity in the rules' order. */
export function renderReport({ findings, skipped }: DoctorReport, paint: Paint, width: number): string {
  const order = Object.keys(kLook) as Severity[];
  const sorted = order.flatMap((severity) => findings.filter((each) => each.severity === severity));
  const parts = sorted.map(({ id, severity, seen, why, fix }) => {
    const [mark, style] = kLook[severity];
    const head = `${paint(style, mark.padEnd(kIndent.length - 1))} ${wrap(`${id}: ${seen}`, width, kIndent).trimStart()}`;
    const because = why === undefined ? '' : wrap(`Why: ${why}.`, width, kIndent);
    const todo = fix === undefined ? '' : wrap(`Do: ${fix}.`, width, kIndent);
    return head + because + todo;
  });
  const reasons = [...new Set(skipped.map(({ reason }) => reason))].map((reason) => {
    const ids = skipped.filter((each) => each.reason === reason).map(({ id }) => id);
    return `${paint('dim', 'skipped ')} ${wrap(`${ids.join(', ')}: ${reason}`, width, kIndent).trimStart()}`;
  });
  return `${[...parts, ...reasons].join('')}\n${summary(findings, paint)}\n`;
}

function summary(findings: readonly Finding[], paint: Paint): string {
  const { problem, warning, info, ok } = count(findings);
  const style: Style = problem > 0 ? 'red' : warning > 0 ? 'yellow' : 'green';
  const some = (number: number, name: string): string => `${number} ${name}${number === 1 ? '' : 's'}`;
  return paint(style, `${some(problem, 'problem')}, ${some(warning, 'warning')}, ${info} info, ${ok} ok`);
}
