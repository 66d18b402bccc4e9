/**
 * The package in an application's own tests: a client that is made in a hook and first used in a test, as people write it.
 * Jest refuses every module that is loaded while no test and no hook runs, and Prisma's engine loads its modules lazily.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { Project } from '../cli/project';

jest.setTimeout(120_000);

const kRoot = join(__dirname, '../../..');
const kClient = join(kRoot, 'test/.generated/client-7');

/** Each makes a client; the first query is a test's. */
const kForms = `
const url = process.env.DATABASE_URL;
const config = { logging: { level: 'silent' } };
const adapter = () => new PrismaPg({ connectionString: url });
const forms = {
  'a factory with the guard': () =>
    new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), config),
  'a factory without it': () => new ResilientPrismaClient(() => new PrismaClient({ adapter: adapter() }), config),
  'an asynchronous factory': () =>
    new ResilientPrismaClient(async (ctx) => new PrismaClient({ adapter: ctx.guard(adapter()) }), config),
  'a ready-made client': () => new ResilientPrismaClient(new PrismaClient({ adapter: adapter() }), config),
  'options': () =>
    new ResilientPrismaClient({ client: PrismaClient, adapter, resilient: config }).$resilience,
};
`;

const kTests = `
describe.each(Object.keys(forms))('%s', (name) => {
  let resilient;
  let prisma;
  beforeAll(() => {
    resilient = forms[name]();
    prisma = resilient.getClient();
  });
  afterAll(() => resilient.shutdown());

  test('the first query', async () => {
    expect(await prisma.user.count()).toBe(0);
  });

  test('the second, and what is seen of it', async () => {
    expect(await prisma.user.findMany()).toEqual([]);
    expect(resilient.isConnected()).toBe(true);
  });
});

describe('whoever waits for the connection in the hook', () => {
  let resilient;
  beforeAll(async () => {
    resilient = forms['a factory with the guard']();
    await resilient.ready();
  });
  afterAll(() => resilient.shutdown());

  test('has it', async () => {
    expect(await resilient.getClient().user.count()).toBe(0);
  });
});
`;

const kCommonJs = `
const { PrismaClient } = require(process.env.CLIENT);
const { PrismaPg } = require('@prisma/adapter-pg');
const { ResilientPrismaClient } = require('prisma-resilient-client');
${kForms}${kTests}`;

const kModule = `
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from 'prisma-resilient-client';
const { PrismaClient } = createRequire(import.meta.url)(process.env.CLIENT);
${kForms}${kTests}`;

const kTestsEach = 11;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());

async function run(project: Project, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      {
        cwd: project.folder,
        env: { ...process.env, DATABASE_URL: cluster.url(), CLIENT: kClient, NO_COLOR: '1', FORCE_COLOR: '0' },
        maxBuffer: 1 << 24,
      },
      (_, stdout, stderr) => resolve({ code: child.exitCode, output: `${stdout}\n${stderr}` }),
    );
  });
}

describe.each<[string, string, string, readonly string[], RegExp]>([
  [
    'Jest, CommonJS',
    'jest',
    'first.test.js',
    ['node_modules/jest/bin/jest.js', '--ci'],
    new RegExp(`Tests: +${kTestsEach} passed, ${kTestsEach} total`),
  ],
  [
    'Jest, ES modules',
    'jest',
    'first.test.mjs',
    ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--ci'],
    new RegExp(`Tests: +${kTestsEach} passed, ${kTestsEach} total`),
  ],
  [
    'Vitest',
    'vitest',
    'first.test.mjs',
    ['node_modules/vitest/vitest.mjs', 'run', '--globals'],
    new RegExp(`Tests +${kTestsEach} passed \\(${kTestsEach}\\)`),
  ],
])('%s', (_, runner, file, args, verdict) => {
  let project: Project;
  beforeAll(() => {
    project = new Project(
      {
        'package.json': JSON.stringify({
          name: 'application',
          private: true,
          jest: { testEnvironment: 'node', transform: {}, testMatch: ['**/*.test.{js,mjs}'] },
        }),
        [file]: file.endsWith('.mjs') ? kModule : kCommonJs,
      },
      [runner, '@prisma/adapter-pg'],
    );
    project.installThisPackage();
  });
  afterAll(() => project.dispose());

  test('a client that is made in a hook and first used in a test works', async () => {
    const { code, output } = await run(project, args);
    expect(output).toMatch(verdict);
    expect(code).toBe(0);
  });
});
