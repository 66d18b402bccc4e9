/** docs/outage.md and its pictures. */
import * as fs from 'node:fs';
import * as path from 'node:path';

import type { Summary, Verdict } from './bars';
import { type FaultName, kFaults } from './faults';
import { describeLoad } from './machine';
import { draw } from './picture';
import type { Run } from './run';
import { type SubjectName, kSubjects } from './subjects';
import { markdownTable, markdownVerdicts } from './tables';

export interface Findings {
  readonly machine: string;
  readonly repeats: number;
  readonly runs: readonly Run[];
  readonly summaries: readonly (Summary & { readonly subject: SubjectName })[];
  readonly verdicts: readonly Verdict[];
}

const kDocs = path.resolve(__dirname, '..', '..', '..', 'docs');

export function writeDocs(findings: Findings): string[] {
  const rates = [...new Set(findings.runs.map(({ rate }) => rate))];
  fs.mkdirSync(kDocs, { recursive: true });
  const written = rates.map((rate) => {
    const file = path.join(kDocs, pictureOf(rate, rates));
    fs.writeFileSync(file, draw(lastOfEach(findings.runs.filter((run) => run.rate === rate))));
    return file;
  });
  const file = path.join(kDocs, 'outage.md');
  fs.writeFileSync(file, page(findings, rates));
  return [...written, file];
}

function pictureOf(rate: number, rates: readonly number[]): string {
  return rate === rates[0] ? 'outage.svg' : `outage-${rate}.svg`;
}

function lastOfEach(runs: readonly Run[]): Run[] {
  return [...new Map(runs.map((run) => [`${run.fault} ${run.subject}`, run])).values()];
}

function page({ machine, repeats, summaries, verdicts }: Findings, rates: readonly number[]): string {
  const sections = rates.map((rate) => {
    const here = summaries.filter((summary) => summary.rate === rate);
    const faults = [...new Set(here.map(({ fault }) => fault))];
    const tables = faults.map((fault: FaultName) => {
      const rows = here
        .filter((summary) => summary.fault === fault)
        .map(({ subject, figures }) => ({ name: kSubjects[subject], figures }));
      return `### ${sentence(kFaults[fault].title)}\n\n${markdownTable(rows)}`;
    });
    const pace = `${rate.toLocaleString('en-US')} operations a second`;
    return [`## ${pace}`, `![${pace}: operations over time](${pictureOf(rate, rates)})`, ...tables].join('\n\n');
  });
  return `${[kIntroduction, kHow(machine, repeats), kBars(markdownVerdicts(verdicts)), ...sections].join('\n\n')}\n`;
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

const kIntroduction = `<!-- Written by npm run bench:outage -- --write-docs. Do not edit. -->

# Outages, side by side

What an application sees of a PostgreSQL server's outages through this package, through a bare PrismaClient, and through
[cockatiel](https://github.com/connor4312/cockatiel) around a bare PrismaClient.`;

const kHow = (machine: string, repeats: number): string => `## How it is measured

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
\`connectionTimeoutMillis: 2500\`). PgBouncer has its own settings, too: after a failed login it lets nobody through for 15 s
(\`server_login_retry\`).

- **failed**: reads and writes that ended in an error. **hung**: had not settled 16 s after the load's end.
- **first success**, **all settled**: from the moment at which the database answers again (behind PgBouncer: lets a query
  through). \`none\`: not before the load's end, some seconds later. Settled has what began before that moment.
- **peak**: the most operations that had or waited for a connection of the driver's pool in the first second after it.
- **lost**: acknowledged, and not there. **doubled**: there twice. **denied**: failed as surely not applied, and there.
  **failed, yet written**: failed with an error that leaves it open, and there; this package says so on the error
  (\`resilience.outcome === 'unknown'\`), and \`writes.onUnknownOutcome: 'verify'\` finds out.

${repeats === 1 ? 'One run each.' : `This package: ${repeats} runs, the median of times and the worst of counts; the others: one run. The pictures show the last.`}

Machine: ${machine}. ${describeLoad()}`;

const kBars = (table: string): string => `## What this package is to reach

${table}`;
