/** What loading the package costs, in files: as applications load it, from dist/. Times: `npm run bench:import`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const kRoot = join(__dirname, '../../..');
const kMost = 12;

function loadedBy(code: string): { files: string[]; builtins: string[] } {
  // Taken before it is written: standard output is a socket at times, and loads what sockets need.
  const report = `const report = JSON.stringify({ files: Object.keys(require.cache), builtins: process.moduleLoadList });
    process.stdout.write(report)`;
  const output = execFileSync(process.execPath, ['-e', `(async () => { ${code}; ${report} })()`], { encoding: 'utf8' });
  const loaded = JSON.parse(output) as { files: string[]; builtins: string[] };
  return { ...loaded, files: loaded.files.map((file) => relative(kRoot, file)) };
}

const kWays = [
  ['require', `require(${JSON.stringify(join(kRoot, 'dist/index.js'))})`],
  ['import', `await import(${JSON.stringify(pathToFileURL(join(kRoot, 'dist/index.js')).href)})`],
] as const;

describe.each(kWays)('by %s', (_, code) => {
  const { files, builtins } = loadedBy(code);

  test(`the main entry loads at most ${kMost} modules`, () => {
    expect(files.length).toBeLessThanOrEqual(kMost);
  });

  test('dashboard, exporters, command line and cache are loaded when they are used', () => {
    expect(
      files.filter((file) => /dashboard|prometheus|opentelemetry|metric-families|\/cli\/|lru-cache/.test(file)),
    ).toEqual([]);
  });

  test('so are the slow ones of Node’s own modules', () => {
    expect(builtins.filter((name) => /^NativeModule (crypto|net|tls|v8|vm|worker_threads)$/.test(name))).toEqual([]);
  });
});

test.each(['index', 'dashboard', 'opentelemetry', 'prometheus', 'testing'])(
  '`import` finds by name all that `require` of %s gives',
  (entry) => {
    const file = join(kRoot, `dist/${entry}.js`);
    const program = `import(${JSON.stringify(pathToFileURL(file).href)}).then((found) => {
      const names = Object.keys(require(${JSON.stringify(file)}));
      process.stdout.write(JSON.stringify({ names, lost: names.filter((name) => !Object.keys(found).includes(name)) })) })`;
    const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', cwd: kRoot });
    const { names, lost } = JSON.parse(output) as Record<string, string[]>;
    expect(names.length).toBeGreaterThan(0);
    expect(lost).toEqual([]);
  },
);

test('loading it takes less of the processor than loading pg, or a generated client the same way', () => {
  const cpuMs = (code: string): number => {
    const program = `(async () => { const used = process.cpuUsage(); ${code};
      const { user, system } = process.cpuUsage(used); process.stdout.write(String((user + system) / 1000)) })()`;
    return Number(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', cwd: kRoot }));
  };
  const [[, byRequire], [, byImport]] = kWays;
  const client = join(kRoot, 'test/.generated/client-7/index.js');
  const subjects = [
    byRequire,
    byImport,
    "require('pg')",
    `require(${JSON.stringify(client)})`,
    `await import(${JSON.stringify(pathToFileURL(client).href)})`,
  ];
  // They take turns: what else the machine does meets all of them.
  const rounds = Array.from({ length: 7 }, () => subjects.map(cpuMs));
  const median = (at: number): number => rounds.map((round) => round[at]!).sort((a, b) => a - b)[3]!;
  const [required, imported, pg, clientRequired, clientImported] = subjects.map((_, at) => median(at));
  // Measured: a third and a half of pg's, and two thirds of the client's.
  expect(required).toBeLessThan(pg!);
  expect(imported).toBeLessThan(pg!);
  expect(required! / clientRequired!).toBeLessThan(1);
  expect(imported! / clientImported!).toBeLessThan(1);
});

test('stack traces lead to the sources', () => {
  const main = join(kRoot, 'dist/main.js');
  const { sources, sourcesContent } = JSON.parse(readFileSync(`${main}.map`, 'utf8')) as Record<string, string[]>;
  expect(sources).toContain('../lib/host/host.ts');
  expect(sourcesContent).toHaveLength(sources.length);
  const program = `
    const { ResilientPrismaClient } = require(${JSON.stringify(join(kRoot, 'dist/index.js'))});
    try { new ResilientPrismaClient(() => ({})) } catch (error) { process.stdout.write(error.stack) }`;
  const stack = (...flags: string[]): string =>
    execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' });
  expect(stack('--enable-source-maps')).toMatch(/lib\/host\/generations\.ts:\d+/);
  expect(stack()).toMatch(/at Generations\.checked .*dist\/main\.js:\d+/);
});
