/** Clients that are mocks of Vitest and of vitest-mock-extended, in Vitest itself, as an application tests. */
import { execFile } from 'node:child_process';

import { Project } from '../cli/project';

jest.setTimeout(120_000);

const kTests = `
import { describe, expect, test, vi } from 'vitest';
import { mock, mockDeep } from 'vitest-mock-extended';
import { ResilientPrismaClient } from 'prisma-resilient-client';

const config = { probe: { url: false }, logging: { level: 'silent' } };
const names = ['$connect', '$disconnect', '$transaction', '$queryRawUnsafe', '$extends'];
const plain = () => ({
  user: { findMany: vi.fn() },
  ...Object.fromEntries(names.map((name) => [name, vi.fn()])),
});
const mocks = {
  'mockDeep()': () => mockDeep(),
  'mockDeep() whose functions are deep too': () => mockDeep({ funcPropSupport: true }),
  'mock()': () => mock({ user: mock() }),
  'vi.fn()': plain,
};
const forms = {
  'a factory': (make) => new ResilientPrismaClient(make, config),
  'an asynchronous factory': (make) => new ResilientPrismaClient(async () => make(), config),
  'a ready-made client': (make) => new ResilientPrismaClient(make(), config),
  'options': (make) => new ResilientPrismaClient({ client: function () { return make(); }, resilient: config }).$resilience,
};
describe.each(Object.keys(mocks))('%s', (mocked) => {
  test.each(Object.keys(forms))('as %s', async (form) => {
    let client;
    const resilient = forms[form](() => {
      client = mocks[mocked]();
      client.user.findMany.mockResolvedValue([{ id: 1 }]);
      return client;
    });
    expect(await resilient.getClient().user.findMany({ take: 1 })).toEqual([{ id: 1 }]);
    expect(client.user.findMany).toHaveBeenCalledWith({ take: 1 });
    await resilient.shutdown();
  });
});
`;

test('mocks of Vitest work in every form', async () => {
  const project = new Project(
    {
      'package.json': JSON.stringify({ name: 'application', private: true, type: 'module' }),
      'mocks.test.js': kTests,
    },
    ['vitest', 'vitest-mock-extended'],
  );
  project.installThisPackage();
  try {
    const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['node_modules/vitest/vitest.mjs', 'run'],
        { cwd: project.folder, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }, timeout: 90_000 },
        (_, stdout, stderr) => resolve({ code: child.exitCode, output: `${stdout}\n${stderr}` }),
      );
    });
    expect(output).toMatch(/Tests +16 passed \(16\)/);
    expect(code).toBe(0);
  } finally {
    project.dispose();
  }
});
