/** The walks of docs/how-it-works.md lead through code that is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const text = readFileSync(join(root, 'docs/how-it-works.md'), 'utf8');
const native = readFileSync(join(root, 'lib/native-types.generated.ts'), 'utf8');

interface Step {
  readonly what: string;
  readonly places: readonly { readonly file: string; readonly names: readonly string[] }[];
  readonly crosses: readonly string[];
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

function stepsOf(walk: string): Step[] {
  const rows = walk.split('\n').filter((line) => line.startsWith('|') && !/^\|(---| what happens )/.test(line));
  return rows.map((row) => {
    const [what = '', where = '', crosses = ''] = row
      .slice(1, -1)
      .split(' |')
      .map((cell) => cell.trim());
    const places = where.split(';').map((place) => {
      const [file = '', ...names] = quoted(place);
      return { file, names };
    });
    return { what: what.replace(/^\| /, ''), places, crosses: quoted(crosses) };
  });
}

const walks = text
  .slice(text.indexOf('## Six walks'))
  .split(/^### /m)
  .slice(1)
  .map((walk) => ({ title: walk.slice(0, walk.indexOf('\n')), steps: stepsOf(walk) }));

test('there are six', () => {
  expect(walks).toHaveLength(6);
  for (const { steps } of walks) expect(steps.length).toBeGreaterThan(4);
});

describe.each(walks)('$title', ({ steps }) => {
  test.each(steps)('$what', ({ places, crosses }) => {
    for (const { file, names } of places) {
      const source = readFileSync(join(root, file), 'utf8');
      expect(names).not.toHaveLength(0);
      for (const name of names)
        expect([file, name, new RegExp(`\\b${name}\\b`).test(source)]).toEqual([file, name, true]);
    }
    // One crossing for an event, by a name that the addon has.
    expect(crosses.length).toBeLessThanOrEqual(1);
    for (const name of crosses) expect(native).toMatch(new RegExp(`\\b${name}(\\(|Class;)`));
  });
});

test('a healthy query crosses nowhere', () => {
  expect(walks[0]!.title).toBe('A healthy query');
  expect(walks[0]!.steps.flatMap((step) => step.crosses)).toEqual([]);
});
