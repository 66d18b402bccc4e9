/** Every run as it ends, in a file, so that an interrupted bench can go on. */
import * as fs from 'node:fs';
import * as path from 'node:path';

import type { Step } from './plan';
import type { Run } from './run';

type Entry = { readonly index: number; readonly run: Run };

const kFile = path.resolve(__dirname, '..', '..', '..', 'build', 'outage-runs.jsonl');

export class KeptRuns {
  private readonly entries: Entry[] = [];

  constructor(resume: boolean) {
    fs.mkdirSync(path.dirname(kFile), { recursive: true });
    if (!resume) fs.rmSync(kFile, { force: true });
    else if (fs.existsSync(kFile)) this.entries = fs.readFileSync(kFile, 'utf8').split('\n').flatMap(read);
  }

  find({ fault, rate, subject, index }: Step): Run | undefined {
    return this.entries.find(
      (entry) =>
        entry.index === index && entry.run.fault === fault && entry.run.rate === rate && entry.run.subject === subject,
    )?.run;
  }

  add({ index }: Step, run: Run): void {
    // JSON knows no Infinity, which is what `never` is in the figures.
    const text = JSON.stringify({ index, run }, (_, value: unknown) => (value === Infinity ? 'Infinity' : value));
    fs.appendFileSync(kFile, `${text}\n`);
  }
}

/** Nothing of a line whose writing was interrupted. */
function read(line: string): Entry[] {
  try {
    return [JSON.parse(line, (_, value: unknown) => (value === 'Infinity' ? Infinity : value)) as Entry];
  } catch {
    return [];
  }
}
