/** The process of one subject: carries out what the bench tells it, and hands over the book at the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import type { Attempt } from '../../support/ledger';
import { now } from './clock';
import { Load, type Operation, type PoolSample } from './load';
import { watchPools } from './pool-demand';
import { makeSubject } from './make-subject';
import type { Subject, SubjectName, Target } from './subjects';

export type Command =
  | { readonly type: 'open'; readonly subject: SubjectName; readonly target: Target }
  | { readonly type: 'start'; readonly perSecond: number }
  | { readonly type: 'gauge'; readonly lanes: number; readonly durationMs: number }
  | { readonly type: 'report'; readonly count: number; readonly seconds: number }
  | { readonly type: 'finish'; readonly patienceMs: number };

export interface Book {
  readonly operations: Operation[];
  readonly samples: PoolSample[];
  readonly attempts: Omit<Attempt, 'error'>[];
  readonly events: Readonly<Record<string, number>>;
}

const poolDemand = watchPools();
let subject: Subject;
let load: Load;

async function obey(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'open':
      subject = await makeSubject(command.subject, command.target);
      await subject.ready();
      return undefined;
    case 'start':
      load = new Load(subject, poolDemand);
      load.start(command.perSecond);
      return undefined;
    case 'gauge':
      return gauge(command.lanes, command.durationMs);
    case 'report':
      for (let i = 0; i < command.count; ++i) subject.report(command.seconds).then(undefined, () => undefined);
      return undefined;
    case 'finish': {
      await load.stop(command.patienceMs);
      const { operations, samples, attempts } = load;
      return { operations, samples, attempts, events: subject.events } satisfies Book;
    }
  }
}

/** Operations a second, as fast as they go, after a warm-up as long. */
async function gauge(lanes: number, durationMs: number): Promise<number> {
  let completed = 0;
  let over = false;
  const lane = async (): Promise<void> => {
    for (let i = 0; !over; ++i) {
      await (i % 2 === 0 ? subject.read() : subject.write(randomUUID()));
      ++completed;
    }
  };
  const running = Array.from({ length: lanes }, lane);
  await setTimeout(durationMs);
  const [before, began] = [completed, now()];
  await setTimeout(durationMs);
  const perSecond = ((completed - before) * 1000) / (now() - began);
  over = true;
  await Promise.all(running);
  return perSecond;
}

process.on('message', (command: Command) => {
  obey(command).then(
    (answer) => process.send!({ answer }),
    (error) => process.send!({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
