/** One subject in a process of its own, so that the compiler makes of each what it makes of it in an application. */
import { collector, timed } from '../paired';
import { type SubjectName, kWork, openSubject } from './subjects';

export interface Turn {
  readonly work: string;
  /** So many lanes at once, of so many calls each. */
  readonly lanes: number;
  readonly calls: number;
}

async function main([name, url, connections]: string[]): Promise<void> {
  const { client } = await openSubject(name as SubjectName, url, Number(connections));
  const collect = collector();
  let turns = 0;
  process.on('message', async ({ work, lanes, calls }: Turn) => {
    const run = kWork[work];
    const lane = async (): Promise<void> => {
      for (let call = 0; call < calls; call += 1) await run(client);
    };
    collect({ type: turns++ % 20 === 0 ? 'major' : 'minor' });
    process.send!(await timed(() => Promise.all(Array.from({ length: lanes }, lane))));
  });
  process.on('disconnect', () => process.exit());
  process.send!('ready');
}

void main(process.argv.slice(2));
