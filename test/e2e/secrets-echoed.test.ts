/**
 * Canaries: passwords of every kind, planted wherever a password can come from, against a server that tells each to
 * everybody. Whatever this package says is searched for them. The errors of Prisma and its driver are theirs, and are
 * handed on as they are.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';

import { healthHandler, ResilientPrismaClient, type FactoryContext, type ResilientConfig } from '../../lib';
import { main } from '../../lib/cli/main';
import { dashboardHandler } from '../../lib/dashboard';
import { openTelemetry } from '../../lib/opentelemetry';
import { type EchoServer, startEchoServer } from '../support/echo_server';
import { generatedClient } from '../support/prisma';

jest.setTimeout(60_000);

let server: EchoServer;
beforeAll(async () => {
  server = await startEchoServer();
});
afterAll(() => server.close());

/** Each begins and ends with what is searched for. */
const kKinds: Record<string, string> = {
  plain: 'Kanari7plainVogel',
  signs: `Kanari" p@ss:w'rd/%41?#\\$\`{x} Vogel`,
  'beyond ASCII': 'Kanari ß日本語\u00a0👍 Vogel',
  lines: 'Kanari\r\nof two lines\u2028Vogel',
  controls: 'Kanari\tof\u0007\u001bsigns\u007fVogel',
  token: `Kanari.eu-west-1.rds/?Action=connect&X-Amz-Signature=${'0123456789abcdef'.repeat(90)}Vogel`,
};
const kPieces = /kanari|vogel/i;

type Plant = (password: string) => { adapter: (ctx: FactoryContext) => PrismaPg; config?: ResilientConfig };

const urlOf = (password: string): string =>
  `postgres://ann:${encodeURIComponent(password)}@127.0.0.1:${server.port}/app`;
const place = () => ({ host: '127.0.0.1', port: server.port, user: 'ann', database: 'app' });
const guarded = (make: () => PrismaPg) => ({ adapter: (ctx: FactoryContext) => ctx.guard(make()) });

const kPlants: Record<string, Plant> = {
  'a URL': (password) => guarded(() => new PrismaPg({ connectionString: urlOf(password) })),
  'a URL alone': (password) => guarded(() => new PrismaPg(urlOf(password))),
  'a URL, without the guard': (password) => ({ adapter: () => new PrismaPg({ connectionString: urlOf(password) }) }),
  'a configuration': (password) => guarded(() => new PrismaPg({ ...place(), password })),
  'a pool': (password) => guarded(() => new PrismaPg(new Pool({ ...place(), password }))),
  'a function': (password) => guarded(() => new PrismaPg({ ...place(), password: () => password })),
  'a function that answers later': (password) =>
    guarded(() => new PrismaPg({ ...place(), password: () => Promise.resolve(password) })),
  "a pool's function": (password) => guarded(() => new PrismaPg(new Pool({ ...place(), password: () => password }))),
  'the URL of the probe': (password) => ({
    ...guarded(() => new PrismaPg({ ...place(), password })),
    config: { probe: { url: urlOf(password) } },
  }),
};

/** All that is said by a client's life on the server that tells everything. */
async function saidBy({ adapter, config }: ReturnType<Plant>): Promise<string[]> {
  const said: string[] = [];
  const line = (...parts: unknown[]): void => void said.push(...parts.map((part) => inspect(part, { depth: 9 })));
  const { PrismaClient } = generatedClient();
  const resilient = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: adapter(ctx) }), {
    reconnect: { deadline: 300 },
    warmup: { timeoutMs: 300 },
    ...config,
    logging: { level: 'trace', logger: { trace: line, debug: line, info: line, warn: line, error: line } },
  });
  const span = { addEvent: line, end: () => undefined, recordException: line, setAttribute: line, setStatus: line };
  const tracer = { startSpan: (...given: unknown[]) => (line(given), span) };
  const stop = openTelemetry(resilient, { tracer: tracer as never });
  resilient.on('health', line);
  const error: unknown = await resilient
    .getClient()
    .user.count()
    .catch((thrown: unknown) => thrown);
  line(
    (error as { resilience?: object }).resilience && {
      ...(error as { resilience: object }).resilience,
      earlierError: 0,
    },
  );
  await resilient.hardReset().catch((thrown: Error) => line(thrown.name));
  line(await resilient.healthCheck(), resilient.getMetrics(), resilient.getConnectionStats());
  const health = healthHandler(resilient, { details: true, reconnect: { authorize: () => true } });
  for (const method of ['GET', 'POST']) {
    said.push(await (await health(new Request('http://localhost/health', { method }))).text());
  }
  const dashboard = dashboardHandler(resilient);
  const { body } = await dashboard(new Request('http://localhost/?stream=1'));
  const reader = body!.getReader();
  said.push(Buffer.from((await reader.read()).value as Uint8Array).toString('utf8'));
  await reader.cancel();
  dashboard.close();
  stop();
  line(resilient);
  await resilient.shutdown();
  return said;
}

const kRows = Object.keys(kPlants).flatMap((where) => {
  const kinds = where === 'a URL' || where === 'a configuration' ? Object.keys(kKinds) : ['signs', 'token'];
  return kinds.map((kind) => [where, kind] as const);
});

test.each(kRows)('from %s: %s', async (where, kind) => {
  const password = kKinds[kind];
  server.heard.clear();
  const said = await saidBy(kPlants[where](password));
  // The server was told, and told it back.
  expect([...server.heard]).toContain(password);
  expect(said.join('\n')).toMatch(/it was \*\*\*/);
  expect(said.filter((text) => kPieces.test(text)).map((text) => text.slice(0, 1000))).toEqual([]);
});

test('from PGPASSWORD', async () => {
  const before = process.env.PGPASSWORD;
  process.env.PGPASSWORD = kKinds.signs;
  try {
    const said = await saidBy(guarded(() => new PrismaPg(place())));
    expect([...server.heard]).toContain(kKinds.signs);
    expect(said.filter((text) => kPieces.test(text))).toEqual([]);
  } finally {
    if (before === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = before;
  }
});

describe.each(Object.keys(kKinds))('the command line: %s', (kind) => {
  const password = kKinds[kind];
  let folder: string;
  let said: string;
  const io = () => ({
    cwd: folder,
    env: { PATH: process.env.PATH },
    colour: false,
    width: 100,
    out: (text: string) => void (said += text),
    err: (text: string) => void (said += text),
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'canary-'));
    server.heard.clear();
    server.heard.add(password);
    said = '';
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([[], ['--json']])('doctor %s', async (...options) => {
    writeFileSync(join(folder, 'package.json'), '{}');
    const extra = new URLSearchParams({ api_key: password, pass: password, sslpassword: password });
    await main(['doctor', '--url', `${urlOf(password)}?${extra}`, '--timeout', '1000', ...options], io());
    expect(said.length).toBeGreaterThan(100);
    expect(said).not.toMatch(kPieces);
  });

  test('drill, of a load that prints it', async () => {
    const script = `console.log(process.env.DATABASE_URL); console.error(decodeURIComponent(new URL(process.env.DATABASE_URL).password)); process.exit(1)`;
    await main(
      ['drill', '--url', urlOf(password), '--start', '300', '--json', '--', process.execPath, '-e', script],
      io(),
    );
    expect(said).not.toMatch(kPieces);
  });
});
