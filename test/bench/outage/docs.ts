/** docs/outage.md and its pictures. */
import * as fs from 'node:fs';
import * as path from 'node:path';

import type { Summary, Verdict } from './bars';
import { type Capacity, describeCapacity } from './capacity';
import { type FaultName, kFaults } from './faults';
import { describeLoad } from './machine';
import { draw } from './picture';
import type { Run } from './run';
import { kServerLoginRetry } from './scenes';
import { type SubjectName, kSubjects } from './subjects';
import { markdownTable, markdownVerdicts } from './tables';

export interface Findings {
  readonly machine: string;
  readonly capacity: Capacity;
  readonly runs: readonly Run[];
  readonly summaries: readonly (Summary & { readonly subject: SubjectName; readonly runs: number })[];
  readonly verdicts: readonly Verdict[];
}

const kDocs = path.resolve(__dirname, '..', '..', '..', 'docs');

export function writeDocs(findings: Findings): string[] {
  const rates = [...new Set(findings.runs.map(({ rate }) => rate))];
  fs.mkdirSync(kDocs, { recursive: true });
  const written = rates.map((rate) => {
    const file = path.join(kDocs, pictureOf(rate, rates));
    fs.writeFileSync(file, draw(typicalOfEach(findings.runs.filter((run) => run.rate === rate))));
    return file;
  });
  const file = path.join(kDocs, 'outage.md');
  fs.writeFileSync(file, page(findings, rates));
  return [...written, file];
}

function pictureOf(rate: number, rates: readonly number[]): string {
  return rate === rates[0] ? 'outage.svg' : `outage-${rate}.svg`;
}

/** Of the runs of one kind, the one whose time until all had settled is the median. */
function typicalOfEach(runs: readonly Run[]): Run[] {
  const kindOf = ({ fault, subject }: Run): string => `${fault} ${subject}`;
  return [...new Set(runs.map(kindOf))].map((kind) => {
    const same = runs.filter((run) => kindOf(run) === kind);
    const sorted = same.sort((a, b) => a.figures.settledMs - b.figures.settledMs);
    return sorted[(sorted.length - 1) >> 1];
  });
}

function page({ machine, capacity, summaries, verdicts }: Findings, rates: readonly number[]): string {
  const sections = rates.map((rate) => {
    const here = summaries.filter((summary) => summary.rate === rate);
    const faults = [...new Set(here.map(({ fault }) => fault))];
    const tables = faults.map((fault: FaultName) => {
      const rows = here
        .filter((summary) => summary.fault === fault)
        .map(({ subject, runs, figures }) => ({ name: kSubjects[subject], runs, figures }));
      return `### ${sentence(kFaults[fault].title)}\n\n${markdownTable(rows)}`;
    });
    const pace = `${rate.toLocaleString('en-US')} operations a second`;
    return [`## ${pace}`, `![${pace}: operations over time](${pictureOf(rate, rates)})`, ...tables].join('\n\n');
  });
  return `${[kIntroduction, kHow(machine, capacity), kBars(markdownVerdicts(verdicts)), ...sections].join('\n\n')}\n`;
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

const kIntroduction = `<!-- Written by npm run bench:outage -- --write-docs. Do not edit. -->

# Outages, side by side

What an application sees of a PostgreSQL server's outages through this package, through a bare PrismaClient, and through
[cockatiel](https://github.com/connor4312/cockatiel) around a bare PrismaClient.`;

const kHow = (machine: string, capacity: Capacity): string => `## How it is measured

\`npm run bench:outage\` starts a real server and, where a fault needs it, a network, a standby or a PgBouncer in front. A
process of its own carries one subject: operations begin on time whether earlier ones have ended or not, half of them
reads (\`findMany\`), half writes (\`create\`, each with a token of its own). Two seconds later the fault strikes. At the end
the book of what the application was told is compared with the rows. Subjects run one after another, each with a server
and a network of its own, so that none disturbs another.

- **This package**: the factory with \`ctx.guard\`, everything else as it comes.
- **Bare PrismaClient**: as it comes.
- **cockatiel**: retry (3, exponential) and circuit breaker (5 in a row, 10 s) as in its README, and a timeout of 5 s, around
  every operation.

All use \`@prisma/adapter-pg\` with its pool of 10 and its own settings (in the test of a full pool with
\`connectionTimeoutMillis: 2500\`). PgBouncer tries a server again ${kServerLoginRetry} s after a failed login (\`server_login_retry = ${kServerLoginRetry}\`). Its
default of 15 s is as long as \`reconnect.deadline\`: whoever comes in the first seconds of an outage then waits in vain,
whatever the client does, as one of the tests shows.

- **failed**: reads and writes that ended in an error. **hung**: had not settled 16 s after the load's end.
- **first success**, **all settled**: from the moment at which the database answers again (behind PgBouncer: lets a query
  through). \`none\`: not before the load's end, some seconds later. Settled has what began before that moment.
- **peak**: the most operations that had or waited for a connection of the driver's pool in the first second after it.
- **lost**: acknowledged, and not there. **doubled**: there twice. **denied**: failed as surely not applied, and there.
  **failed, yet written**: failed with an error that leaves it open, and there; this package says so on the error
  (\`resilience.outcome === 'unknown'\`), and \`writes.onUnknownOutcome: 'verify'\` finds out.

Where there are several runs: the median of times, the worst of counts. The pictures show the run in the middle.

Machine: ${machine}. ${describeLoad()} A bare client alone, with nothing amiss,
completes here ${describeCapacity(capacity)}: what waits cannot be worked off faster.`;

const kBars = (table: string): string => `## What this package is to reach

Failures are counted as its own where the database was back a second before the operation's deadline, and where they
were not the answer of a full pool once the budget for retries was spent. Where more waited than the machine can work off within
the limit, it says how long it needs at the least.

${table}`;
