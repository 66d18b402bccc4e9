/** The code of prisma-resilient-client 0.2.1's README, as it stands, on this package: its users change nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import realExpress from 'express';
import ts from 'typescript';

import { ResilientPrismaClient as Constructor, type ResilientConfig } from '../../../lib';
import type { ResilientPrismaClient as Ours } from '../../../lib/resilient-client';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables, generatedClient, makeAdapter } from '../../support/prisma';
import { blocks, kRoot } from '../docs/blocks';

jest.setTimeout(60_000);

const kReadme = join(kRoot, 'node_modules/prisma-resilient-client-peer/README.md');
const kOldTypes = join(kRoot, 'node_modules/prisma-resilient-client-peer/dist/types.d.ts');
/** Alternatives within a block are programs of their own. */
const kPrograms = blocks('README.md', readFileSync(kReadme, 'utf8'))
  .filter(({ language }) => language === 'typescript')
  .flatMap(({ place, code }) => {
    const options = code.split(/^(?=\/\/ Option)/m);
    const head = options[0]!.startsWith('// Option') ? '' : options.shift()!;
    const [last] = options.slice(-1);
    const tail = last && /\n\n\/\/ Get the wrapped[^]*$/.exec(last)?.[0];
    if (options.length === 0) return [{ name: place, code }];
    return options.map((option, i) => ({
      name: `${place}, option ${i + 1}`,
      code: head + (option === last ? option : `${option}${tail}`),
    }));
  });

let cluster: PostgresCluster;
const opened: Ours<never>[] = [];
beforeAll(async () => {
  // Its programs log to the console; what their adapters lack is not the matter here.
  for (const method of ['warn', 'info', 'error'] as const) jest.spyOn(console, method).mockImplementation();
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
beforeEach(() => emptyTables(cluster));
afterEach(() => Promise.all(opened.splice(0).map((client) => client.shutdown())));
afterAll(() => cluster.dispose());

/** What the README took for granted: Prisma 7's client wants an adapter. */
function environment(): {
  run(code: string): Promise<void>;
  said: string[];
  /** What it sent to Slack. */
  posted: unknown[];
  client(): Ours<never>;
  url: () => Promise<string>;
} {
  const { PrismaClient: Generated } = generatedClient();
  const PrismaClient = function (options: object = {}) {
    return new Generated({ ...options, log: [], adapter: makeAdapter(cluster.url()) });
  };
  const said: string[] = [];
  const note = (...words: unknown[]): void => void said.push(words.map(String).join(' '));
  const quiet = { log: note, error: note, warn: note, info: () => undefined, debug: () => undefined };
  const ResilientPrismaClient = function (source: never, config: never): object {
    const made = new Constructor(source, config) as unknown as Ours<never>;
    opened.push(made);
    return made;
  };
  const bare = (): object => Reflect.construct(PrismaClient, []) as object;
  const make = (): Ours<never> => opened[0] ?? (Reflect.construct(ResilientPrismaClient, [bare]) as Ours<never>);
  let server: ReturnType<ReturnType<typeof realExpress>['listen']> | undefined;
  const express = () => {
    const app = realExpress();
    const listen = app.listen.bind(app);
    app.listen = ((): unknown => (server = listen(0, '127.0.0.1').unref())) as never;
    return app;
  };
  const posted: unknown[] = [];
  const fetch = async (_: string, { body }: { body: string }): Promise<void> => void posted.push(JSON.parse(body));
  const scope = { PrismaClient, ResilientPrismaClient, express, console: quiet, fetch };
  return {
    said,
    posted,
    client: make,
    async url() {
      if (!server!.listening) await new Promise((resolve) => server!.once('listening', resolve));
      return `http://127.0.0.1:${(server!.address() as AddressInfo).port}`;
    },
    async run(code) {
      const plain = code.replace(/^import .*$/gm, '');
      const given: Record<string, unknown> = { ...scope };
      for (const name of ['resilientClient', 'prisma']) {
        if (plain.includes(name) && !plain.includes(`const ${name} =`)) {
          given[name] = name === 'prisma' ? make().getClient() : make();
        }
      }
      const { outputText } = ts.transpileModule(`return (async () => {${plain}\n})()`, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
      });
      const body = outputText.replace('Object.defineProperty(exports, "__esModule", { value: true });', '');
      await (new Function(...Object.keys(given), body)(...Object.values(given)) as Promise<void>);
    },
  };
}

test('the README was read', () => expect(kPrograms.length).toBeGreaterThan(8));

test.each(kPrograms)('$name', async ({ code }) => {
  const { run, client } = environment();
  await run(code);
  const prisma = client().getClient() as unknown as { user: { count(): Promise<number> } };
  // The first program creates a user.
  expect(await prisma.user.count()).toBe(code.includes("name: 'John'") ? 1 : 0);
  expect(client().isConnected()).toBe(true);
});

test('its code compiles against our declarations, with strict types', () => {
  const folder = mkdtempSync(join(kRoot, 'build', 'old-readme-'));
  try {
    const files = kPrograms.map(({ code }, index) => {
      const file = join(folder, `${index}.ts`);
      // What a block of the README takes from the ones before it.
      const given = ['PrismaClient', 'ResilientPrismaClient'].filter((name) => !code.includes(`import { ${name} }`));
      const imports = { PrismaClient: '../../test/.generated/client-7', ResilientPrismaClient: '../../dist' };
      const needed = given
        .map((name) => `import { ${name} } from '${imports[name as keyof typeof imports]}';\n`)
        .join('');
      const client = code.includes('const resilientClient =')
        ? ''
        : 'declare const resilientClient: ResilientPrismaClient<PrismaClient>;\n';
      const own = code
        .replace("'@prisma/client'", `'${imports.PrismaClient}'`)
        .replace("'prisma-resilient-client'", `'${imports.ResilientPrismaClient}'`);
      // Prisma 7's constructor wants an adapter, and takes it from its options.
      const adapted = own.replace(/new PrismaClient\((?:\{[^}]*\})?\)/g, 'new PrismaClient({} as never)');
      writeFileSync(file, `${needed}${client}${adapted}\nexport {};\n`);
      return file;
    });
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    const complaints = ts
      .getPreEmitDiagnostics(program)
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
    expect(complaints).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Of what it accepted, all that may look odd. */
const kOddValues = {
  reconnect: { maxAttempts: 0, maxConsecutiveErrors: 0, maxConnectionAge: 30 * 24 * 60 * 60 * 1000 },
  refresh: { enabled: false, intervalMs: 0 },
  memory: { autoGC: true, gcThreshold: 0 },
  healthCheck: { enabled: false, intervalMs: 0 },
};

/** What a client with this configuration has warned of once it has served. */
async function warningsOf(config: ResilientConfig): Promise<string[]> {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (line: unknown) => void warnings.push(String(line)),
  };
  const { PrismaClient: Generated } = generatedClient();
  const resilient = new Constructor(() => new Generated({ adapter: makeAdapter(cluster.url()) }), {
    ...config,
    logging: { logger },
  });
  opened.push(resilient as unknown as Ours<never>);
  expect(await resilient.getClient().user.count()).toBe(0);
  return warnings;
}

test('a last bound of the backoff below the first is the wait, as it was, and is warned of once', async () => {
  const warnings = await warningsOf({ reconnect: { initialDelay: 1000, maxDelay: 500 } });
  expect(warnings.filter((line) => line.includes('maxDelay'))).toEqual([
    expect.stringContaining('reconnect.maxDelay: 500 is less than reconnect.initialDelay, 1000: no wait is longer'),
  ]);
  const [zero, ...more] = (await warningsOf({ reconnect: { maxDelay: 0 } })).filter((line) =>
    line.includes('maxDelay'),
  );
  expect(zero).toContain('reconnect.maxDelay: 0 is taken for its default, 10000');
  expect(more).toEqual([]);
});

test('values that it read as "not given" mean that still, and each is warned of once', async () => {
  const warnings = await warningsOf(kOddValues);
  const zeroes = warnings.filter((line) => line.includes('0 is taken for its default'));
  expect(zeroes.map((line) => /(\w+\.\w+): 0/.exec(line)?.[1])).toEqual([
    'reconnect.maxAttempts',
    'reconnect.maxConsecutiveErrors',
    'refresh.intervalMs',
    'memory.gcThreshold',
    'healthCheck.intervalMs',
  ]);
  const { PrismaClient: Generated } = generatedClient();
  const forever = new Constructor(() => new Generated({ adapter: makeAdapter(cluster.url()) }), {
    reconnect: { maxConnectionAge: Infinity },
    logging: { level: 'silent' },
  });
  opened.push(forever as unknown as Ours<never>);
  expect(await forever.getClient().user.count()).toBe(0);
});

const named = (text: string): string => kPrograms.find(({ code }) => code.includes(text))!.code;

test('its events come in an outage, and its operations survive it', async () => {
  const { run, said, client } = environment();
  await run(named("on('reconnect:success'"));
  const prisma = client().getClient() as unknown as { user: { count(): Promise<number> } };
  expect(await prisma.user.count()).toBe(0);
  await cluster.stop('immediate');
  const during = prisma.user.count().then((count) => count); // Prisma's promises begin when they are awaited
  await new Promise((resolve) => client().once('disconnect', resolve as never));
  await cluster.start();
  expect(await during).toBe(0);
  expect(said).toEqual(
    expect.arrayContaining([
      'Database connected',
      expect.stringMatching(/^Database disconnected/),
      expect.stringMatching(/^Reconnecting\.\.\. \(attempt \d+\)$/),
      'Reconnection successful',
    ]),
  );
});

test('its statistics and its health check have all of their fields, with the same meanings', async () => {
  const { client } = environment();
  await (client().getClient() as unknown as { user: { count(): Promise<number> } }).user.count();
  expect(client().getConnectionStats()).toMatchObject({
    isConnected: true,
    reconnectAttempts: expect.any(Number),
    totalReconnects: 0,
    lastSuccessfulConnection: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    uptime: expect.any(Number),
    queryCount: 1,
    errorCount: 0,
    consecutiveErrors: 0,
    totalHardResets: 0,
    connectionAge: expect.any(Number),
  });
  const share = expect.stringMatching(/^\d+\.\d\d$/);
  expect(await client().healthCheck()).toMatchObject({
    status: expect.stringMatching(/^(healthy|degraded)$/),
    database: 'connected',
    latency: expect.any(Number),
    memory: { heapUsed: share, heapTotal: share, heapUsagePercent: share },
  });
});

test('its Express application answers', async () => {
  const { run, url } = environment();
  await run(named("app.get('/health'"));
  const place = await url();
  expect(await (await fetch(`${place}/users`)).json()).toEqual([]);
  expect(await (await fetch(`${place}/health`)).json()).toMatchObject({ database: 'connected' });
});

test('its error handler is told of a failure, as it describes it', async () => {
  const { run, client, posted } = environment();
  await run(named('hooks.slack.com'));
  const prisma = client().getClient() as unknown as { user: { create(args: object): Promise<object> } };
  await prisma.user.create({ data: { email: 'ada@example.org' } });
  await expect(prisma.user.create({ data: { email: 'ada@example.org' } })).rejects.toMatchObject({ code: 'P2002' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(posted).toEqual([
    expect.objectContaining({
      text: expect.stringMatching(/Database Error: [^]*Unique constraint/),
      fields: [
        { title: 'Operation', value: expect.stringMatching(/create/) },
        { title: 'Retry', value: 0 },
      ],
    }),
  ]);
});

test('its hard reset replaces the client of a factory', async () => {
  const { run, client, said } = environment();
  await run(named("on('hard-reset'"));
  await client().hardReset();
  expect(said).toContain('PrismaClient instance recreated');
});

test('every type that it exported is exported', () => {
  const names = [...readFileSync(kOldTypes, 'utf8').matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  const ours = ['index', 'options', 'events']
    .map((file) => ts.sys.readFile(join(kRoot, 'lib', `${file}.ts`))!)
    .join('');
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(ours))).toEqual([]);
});
