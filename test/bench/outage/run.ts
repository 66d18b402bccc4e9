/** One run: one subject in a process of its own, one server, one fault. */
import { type LedgerRow, compare } from '../../support/ledger';
import { now } from './clock';
import { type FaultName, kFaults } from './faults';
import type { Operation } from './load';
import { type Figures, type Moments, measure } from './measure';
import { SubjectHandle } from './subject-handle';
import type { SubjectName } from './subjects';

export interface Run {
  readonly fault: FaultName;
  readonly rate: number;
  readonly subject: SubjectName;
  readonly figures: Figures;
  readonly moments: Moments;
  readonly operations: readonly Operation[];
  /** What operations failed with, counted. */
  readonly errors: Readonly<Record<string, number>>;
  /** What the subject has told of itself, counted. */
  readonly events: Readonly<Record<string, number>>;
}

const kWarmUpMs = 2000;
/** Longer than any deadline in play: what has not settled by then has hung. */
const kPatienceMs = 16_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function run(faultName: FaultName, rate: number, subjectName: SubjectName): Promise<Run> {
  // Its process starts while the server does.
  const subject = new SubjectHandle();
  try {
    const { scene, target, inflict } = await kFaults[faultName].prepare();
    try {
      await subject.open(subjectName, target);
      const began = now();
      await subject.start(rate);
      await sleep(kWarmUpMs);
      const faultAt = now();
      const back = await inflict(subject);
      await sleep(back + kFaults[faultName].after - now());
      const loadEnded = now();
      const { operations, samples, attempts, events } = await subject.finish(kPatienceMs);
      const moments = { began, fault: faultAt, back, loadEnded, patienceOver: now() };
      const rows = await scene.server.query<LedgerRow>('SELECT token, 0 AS children FROM ledger');
      const figures = measure(operations, samples, compare(attempts, rows), moments);
      const errors = countErrors(operations);
      return { fault: faultName, rate, subject: subjectName, figures, moments, operations, errors, events };
    } finally {
      await scene.dispose();
    }
  } finally {
    subject.end();
  }
}

function countErrors(operations: readonly Operation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of operations) if (error !== undefined) counts[error] = (counts[error] ?? 0) + 1;
  return counts;
}
