/** Which addon is in use, as the log and the statistics say it. */
import type { LoadedAddon } from '../../../lib/addon/loader';

/** As a new process has it. */
function fresh(): typeof import('../../../lib/addon/in-use') {
  let module: typeof import('../../../lib/addon/in-use') | undefined;
  jest.isolateModules(() => (module = jest.requireActual('../../../lib/addon/in-use')));
  return module!;
}

const kNative: LoadedAddon = { kind: 'native', from: 'prebuilds/linux-x64/resilience.node', exports: {}, refused: [] };
const kWasm: LoadedAddon = { ...kNative, kind: 'wasm', from: 'a.wasm', refused: ['prebuilds/x: not there', 'more'] };

function linesOf(clients: number, addon: LoadedAddon): string[] {
  const { tellAddon } = fresh();
  const lines: string[] = [];
  for (let i = 0; i < clients; i += 1) tellAddon(addon, { info: (line) => void lines.push(line) });
  return lines;
}

test('a native addon is named once in a process, however many clients there are', () => {
  expect(linesOf(3, kNative)).toEqual(['addon kind=native: prebuilds/linux-x64/resilience.node']);
});

test('the WebAssembly build is named to each client, with what it lacks and why no native addon was taken', () => {
  const line =
    'addon kind=wasm: a.wasm, which looks for the database in band; ' +
    'no native addon could be loaded: prebuilds/x: not there';
  expect(linesOf(2, kWasm)).toEqual([line, line]);
});

test('statistics name its kind and its file, and nothing else', () => {
  expect(fresh().inUse(kWasm)).toEqual({ kind: 'wasm', from: 'a.wasm' });
});
