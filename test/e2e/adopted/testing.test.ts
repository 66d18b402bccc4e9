/** `prisma-resilient-client/testing`: its examples under the three test runners, and what it says of itself. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';

import { ConfigError, ResilientPrismaClient } from '../../../lib';
import { type FaultyNetwork, Ledger, LedgerError, faultyNetwork } from '../../../lib/testing';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, emptyTables, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(120_000);

const kRoot = join(__dirname, '../../..');
const kFolder = join(kRoot, 'examples/testing');

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
beforeEach(() => emptyTables(cluster));
afterAll(() => cluster.dispose());

const kJestConfig = JSON.stringify({ rootDir: kFolder, testMatch: ['**/*.jest.test.mjs'], transform: {} });

test.each<[string, readonly string[]]>([
  ['node:test', ['--test', join(kFolder, 'checkout.node.test.mjs')]],
  ['Jest', ['--experimental-vm-modules', join(kRoot, 'node_modules/jest/bin/jest.js'), '--config', kJestConfig]],
  ['Vitest', [join(kRoot, 'node_modules/vitest/vitest.mjs'), 'run', '--root', kFolder, 'checkout.vitest']],
])('the checkout survives a failover, says its test under %s', async (_, args) => {
  const { NODE_OPTIONS: __, JEST_WORKER_ID: ___, ...inherited } = process.env;
  const env = { ...inherited, DATABASE_URL: cluster.url(), NO_COLOR: '1' };
  const [code, output] = await new Promise<[number | null, string]>((resolve) => {
    const child = execFile(process.execPath, args, { cwd: kFolder, env }, (___, stdout, stderr) =>
      resolve([child.exitCode, `${stdout}\n${stderr}`]),
    );
  });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  expect(output).toMatch(/pass(ed)?\b/);
});

describe('faultyNetwork', () => {
  let network: FaultyNetwork;
  beforeEach(async () => {
    network = await faultyNetwork(cluster.url());
  });
  afterEach(() => network.close());

  async function ask(): Promise<unknown> {
    const client = new Client({ connectionString: network.url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ one: number }>('SELECT 1 AS one');
      return rows[0]?.one;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  test('passes, stops and starts', async () => {
    expect(await ask()).toBe(1);
    await network.stop();
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await network.start();
    expect(await ask()).toBe(1);
  });

  test('resets what is open, and says how many there were', async () => {
    const client = new Client({ connectionString: network.url });
    const broken = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    expect(network.counts.open).toBe(1);
    expect(await network.reset()).toBe(1);
    await broken;
    expect(await ask()).toBe(1);
  });

  test('swallows and delays', async () => {
    await network.swallow();
    await expect(ask()).rejects.toThrow(/timeout/);
    await network.delay(50);
    const began = performance.now();
    expect(await ask()).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(100);
  });

  test('cuts after a message, once, and counts what has passed', async () => {
    const cut = network.cutAfter('RowDescription', { times: 1 });
    await expect(ask()).rejects.toThrow();
    expect(cut.hits).toBe(1);
    expect(await ask()).toBe(1);
    const { total, roundTrips, messages, bytes } = network.counts;
    expect(total).toBe(2);
    // The exchange that was cut may have been read whole before the cut.
    expect([1, 2]).toContain(roundTrips);
    expect(messages.fromDatabase.RowDescription).toBe(2);
    expect(bytes.fromApplication).toBeGreaterThan(0);
  });

  test.each(['', 'postgres://a:1,b:2/app', 'file:dev.db', 'nonsense', undefined])('refuses %p', async (url) => {
    await expect(faultyNetwork(url as string)).rejects.toBeInstanceOf(ConfigError);
  });

  test('refuses what it cannot do', async () => {
    await expect(network.delay(-1)).rejects.toBeInstanceOf(ConfigError);
    expect(() => network.loseAcknowledgements(1.5)).toThrow(ConfigError);
    const other = await faultyNetwork('mysql://app@127.0.0.1:3306/app');
    expect(() => other.cutAfter('CommandComplete')).toThrow(/PostgreSQL/);
    await other.close();
  });

  test('a lost acknowledgement is told as an unknown outcome, and the ledger keeps it apart', async () => {
    const { PrismaClient } = generatedClient();
    const resilient = new ResilientPrismaClient(
      (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(network.url)) }),
      { logging: { level: 'silent' } },
    );
    const prisma = resilient.getClient();
    const ledger = new Ledger();
    const add = () => ledger.write((token) => prisma.user.create({ data: { email: token } }));
    await add();
    network.loseAcknowledgements(1, { times: 1 });
    expect(await add()).toBeUndefined();
    const present = (await prisma.user.findMany()).map(({ email }) => email);
    expect(present).toHaveLength(2);
    expect(ledger.check(present)).toMatchObject({ attempts: 2, acknowledged: 1, undecided: [present[1]] });
    await resilient.shutdown();
  });
});

test('a ledger that does not match says what is wrong', async () => {
  const ledger = new Ledger();
  const tokens: string[] = [];
  const note = async (token: string): Promise<void> => void tokens.push(token);
  const failing = (resilience?: object) => async (token: string) => {
    tokens.push(token);
    throw Object.assign(new Error('no'), resilience && { resilience });
  };
  await ledger.write(note);
  await ledger.write(note);
  await ledger.write(failing({ outcome: 'not-applied' }));
  await ledger.write(failing());
  const [lost, doubled, denied, undecided] = tokens;
  const present = [doubled, doubled, denied, 'somebody'];
  expect(ledger.settle(present)).toEqual({
    attempts: 4,
    acknowledged: 2,
    lost: [lost],
    doubled: [doubled],
    denied: [denied],
    strangers: ['somebody'],
    undecided: [undecided],
    pending: [],
  });
  expect(() => ledger.check(present)).toThrow(LedgerError);
  expect(() => ledger.check(present)).toThrow(/1 lost .*1 doubled .*1 denied .*1 strangers \(somebody\)/);
});
