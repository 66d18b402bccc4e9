/** What a stranger can do to the dashboard's streams from outside, over real sockets. */
import { createServer, get, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { dashboardHandler, type DashboardHandler, type DashboardOptions } from '../../../../lib/dashboard';
import { observation } from '../observation';

const source = {
  observe: () => observation({ at: Date.now() }),
  serverActivity: () => Promise.resolve(undefined),
};

let handler: DashboardHandler;
let port: number;
let close: () => Promise<void>;
const settled: Promise<unknown>[] = [];

async function mount(options: DashboardOptions = {}): Promise<void> {
  handler = dashboardHandler(source, options);
  const server = createServer((req, res) => void settled.push(handler(req, res)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  close = () => new Promise((resolve) => server.close(() => resolve()));
}
afterEach(async () => {
  handler.close();
  await close();
  expect((await Promise.allSettled(settled.splice(0))).filter(({ status }) => status === 'rejected')).toEqual([]);
});

const kPath = '/?stream=1';

/** The status of a stream, and how to leave it. */
function watch(): Promise<{ status: number; leave(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: kPath, agent: false }, (response) => {
      response.resume().on('error', () => undefined);
      const leave = (): Promise<void> =>
        new Promise((left) => {
          request.on('close', () => left());
          request.destroy();
        });
      resolve({ status: response.statusCode ?? 0, leave });
    });
    request.on('error', reject);
  });
}

/** Resolves once a stream is accepted: the server may not have seen yet that the attacker has gone. */
async function isServed(): Promise<boolean> {
  for (let tries = 0; tries < 100; ++tries) {
    const { status, leave } = await watch();
    await leave();
    if (status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function openSocket(text: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
    socket.on('error', () => undefined);
  });
}

test('streams pipelined on one connection hold no place once it is closed', async () => {
  await mount();
  const socket = await openSocket(`GET ${kPath} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(51));
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  while (settled.length < 51) await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(settled);
  socket.destroy();
  expect(await isServed()).toBe(true);
});

test('one connection holds one place, however many streams it asks for', async () => {
  await mount({ maxWatchers: 2 });
  const socket = await openSocket(`GET ${kPath} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(10));
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  expect(await isServed()).toBe(true);
  socket.destroy();
});

test('requests that are gone before they are authorized hold no place', async () => {
  let allow = (): void => undefined;
  const gate = new Promise<void>((resolve) => (allow = resolve));
  await mount({ authorize: () => gate.then(() => true) });
  const aborted = Array.from({ length: 60 }, () => {
    const request = httpRequest({ port, host: '127.0.0.1', path: kPath, agent: false });
    request.on('error', () => undefined).end();
    return request;
  });
  while (settled.length < 60) await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all(
    aborted.map((request) => new Promise((resolve) => request.on('close', resolve).destroy(new Error('left')))),
  );
  allow();
  await Promise.all(settled);
  expect(await isServed()).toBe(true);
});

test('maxWatchers holds, also where all are authorized at the same moment', async () => {
  let allow = (): void => undefined;
  const gate = new Promise<void>((resolve) => (allow = resolve));
  await mount({ maxWatchers: 5, authorize: () => gate.then(() => true) });
  const watching = Array.from({ length: 100 }, () => watch());
  while (settled.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
  allow();
  const all = await Promise.all(watching);
  expect(all.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(all.filter(({ status }) => status === 503)).toHaveLength(95);
  await Promise.all(all.map(({ leave }) => leave()));
  expect(await isServed()).toBe(true);
});

describe('as a Web handler', () => {
  const ask = (signal?: AbortSignal): Promise<Response> =>
    handler(new Request(`http://localhost${kPath}`, signal && { signal }));

  test('a place is given back by an abort before, during and after, and by a cancelled body', async () => {
    await mount({ maxWatchers: 1 });
    const early = new AbortController();
    early.abort();
    expect((await ask(early.signal)).status).toBe(503);
    const late = new AbortController();
    expect((await ask(late.signal)).status).toBe(200);
    expect((await ask()).status).toBe(503);
    late.abort();
    const cancelled = await ask();
    expect(cancelled.status).toBe(200);
    await cancelled.body?.cancel();
    expect((await ask()).status).toBe(200);
  });

  test('a response that nobody reads gives its place back', async () => {
    await mount({ maxWatchers: 1 });
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      expect((await ask()).status).toBe(200);
      expect((await ask()).status).toBe(503);
      jest.advanceTimersByTime(30_000);
      expect((await ask()).status).toBe(200);
    } finally {
      jest.useRealTimers();
    }
  });
});

test('closing ends every stream, and nothing is written after it', async () => {
  await mount();
  const { status } = await watch();
  expect(status).toBe(200);
  handler.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
});
