/** What is to be run, from the command line. */
import { parseArgs } from 'node:util';

import { type FaultName, kFaults } from './faults';
import { type SubjectName, kSubjects } from './subjects';

export interface Plan {
  readonly faults: readonly FaultName[];
  readonly rates: readonly number[];
  readonly subjects: readonly SubjectName[];
  /** undefined: as often as each fault says. */
  readonly repeats: number | undefined;
  readonly checks: boolean;
  readonly resume: boolean;
  readonly writeDocs: boolean;
}

/** One run to be made: the `index`-th of its kind. */
export interface Step {
  readonly fault: FaultName;
  readonly rate: number;
  readonly subject: SubjectName;
  readonly index: number;
}

export const kUsage = `npm run bench:outage -- [options]

  (none)                  every fault at 100 and 1,000 operations a second, and two long looks at the connections
  --quick                 three faults at 100/s, once, in less than two minutes
  --faults stop,swallow   these only: ${Object.keys(kFaults).join(', ')}
  --rates 100             operations a second
  --subjects ours,bare    ${Object.keys(kSubjects).join(', ')}
  --repeat 3              runs of this package for each fault; default: one to five, by fault. The others: one
  --no-checks             without the two long looks
  --resume                goes on where an earlier call was interrupted: what it has run is not run again
  --write-docs            writes docs/outage.md and its pictures
  --help

Ends with status 1 where this package has missed a bar that the machine allows.`;

const kAllFaults = Object.keys(kFaults) as FaultName[];
const kAllSubjects = Object.keys(kSubjects) as SubjectName[];
const kQuick: readonly FaultName[] = ['stop', 'terminate', 'swallow'];
/** Above it times are longer, and vary less. */
const kLowRate = 100;

/** undefined: help was asked for. */
export function readPlan(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      faults: { type: 'string' },
      rates: { type: 'string' },
      subjects: { type: 'string' },
      repeat: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-checks': { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const rates = (values.rates ?? (quick ? '100' : '100,1000')).split(',').map(Number);
  const repeats = values.repeat === undefined ? (quick ? 1 : undefined) : Number(values.repeat);
  if (![...rates, repeats ?? 1].every((each) => Number.isInteger(each) && each > 0)) {
    throw new Error('--rates and --repeat take whole numbers from 1');
  }
  return {
    faults: list('faults', values.faults, kAllFaults) ?? (quick ? kQuick : kAllFaults),
    rates,
    subjects: list('subjects', values.subjects, kAllSubjects) ?? ['ours', 'bare', 'cockatiel'],
    repeats,
    checks: !quick && !values['no-checks'] && values.faults === undefined,
    resume: values.resume,
    writeDocs: values['write-docs'],
  };
}

/** All runs of one fault at one rate. Round by round, so that what else the machine does falls on every subject. */
export function stepsOf({ subjects, repeats }: Plan, fault: FaultName, rate: number): Step[] {
  const { runs, highestRate } = kFaults[fault];
  if (rate > highestRate) return [];
  const ours = repeats ?? (rate > kLowRate ? (runs + 1) >> 1 : runs);
  return Array.from({ length: ours }, (_, index) =>
    subjects.filter((subject) => index === 0 || isOurs(subject)).map((subject) => ({ fault, rate, subject, index })),
  ).flat();
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
