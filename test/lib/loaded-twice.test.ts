/** The package in several module registries and threads of one process, as test runners and worker pools load it. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

type Package = typeof import('../../lib');

jest.setTimeout(60_000);

function stub(rows: readonly string[]) {
  return {
    user: { findMany: async () => rows },
    $connect: async () => undefined,
    $disconnect: async () => undefined,
    $transaction: async () => [],
    $queryRawUnsafe: async () => [],
  };
}

test('five registries, each with its own client and classes', async () => {
  const packages = Array.from({ length: 5 }, () => {
    let loaded!: Package;
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      loaded = require('../../lib') as Package;
    });
    return loaded;
  });
  expect(new Set(packages.map(({ ResilientPrismaClient }) => ResilientPrismaClient)).size).toBe(5);
  const clients = packages.map(
    ({ ResilientPrismaClient }, i) =>
      new ResilientPrismaClient(() => stub([`row ${i}`]), { logging: { level: 'silent' } }),
  );
  const rows = await Promise.all(clients.map((client) => client.getClient().user.findMany()));
  expect(rows).toEqual([['row 0'], ['row 1'], ['row 2'], ['row 3'], ['row 4']]);
  await clients[0].shutdown();
  await expect(clients[0].getClient().user.findMany()).rejects.toBeInstanceOf(packages[0].ShutdownError);
  expect(await clients[1].getClient().user.findMany()).toEqual(['row 1']);
  for (const { ConfigError, ResilientPrismaClient } of packages) {
    expect(() => new ResilientPrismaClient(() => stub([]), { preset: 'none' } as never)).toThrow(ConfigError);
  }
  await Promise.all(clients.map((client) => client.shutdown()));
});

test('threads that end by themselves, by exit and by terminate() leave the others working', async () => {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const program = `
    require(${JSON.stringify(hook)});
    const { ResilientPrismaClient } = require(${JSON.stringify(join(__dirname, '../../lib/index.ts'))});
    const { parentPort, workerData } = require('node:worker_threads');
    const stub = () => ({
      user: { findMany: async () => ['row'] },
      $connect: async () => {}, $disconnect: async () => {}, $transaction: async () => [], $queryRawUnsafe: async () => [],
    });
    const url = 'postgres://nobody@127.0.0.1:1/none';
    const resilient = new ResilientPrismaClient(stub, {
      logging: { level: 'silent' }, probe: { url, mode: 'sentinel' }, memory: { intervalMs: 10 },
    });
    resilient.getClient().user.findMany().then((rows) => {
      parentPort.postMessage(rows);
      if (workerData === 'exit') process.exit(3);
      if (workerData === 'terminate') setInterval(() => resilient.getClient().user.findMany().then(() => {}), 1);
    });`;
  const ends = await Promise.all(
    ['return', 'exit', 'terminate'].map(async (how) => {
      const worker = new Worker(program, { eval: true, workerData: how });
      const heard = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      expect(await heard).toEqual(['row']);
      if (how === 'terminate') await worker.terminate();
      return [how, await ended];
    }),
  );
  expect(ends).toEqual([
    ['return', 0],
    ['exit', 3],
    ['terminate', 1],
  ]);
});
