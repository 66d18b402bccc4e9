/** The code of prisma-resilient-client 0.2.1's README, as it stands, on this package: its users change nothing. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import realExpress from 'express';
import ts from 'typescript';

import { ResilientPrismaClient as Constructor } from '../../../lib';
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
  const scope = { PrismaClient, ResilientPrismaClient, express, console: quiet, fetch: async () => undefined };
  return {
    said,
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
  if (opened.length > 0) expect(client().getClient()).toBeDefined();
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
  expect(JSON.parse(JSON.stringify(client().getConnectionStats()))).toMatchObject({
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
