/** Handlers whose `authorize` answers for itself, throws, or comes too late; and sources that fail. */
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

import { dashboardHandler, type DashboardSource } from '../../../lib/dashboard';
import { healthHandler } from '../../../lib/observe/health-handler';
import type { HealthSource } from '../../../lib/observe/health-request';
import { observation } from './observation';

type Authorize = (request: never) => boolean | Promise<boolean>;

const broken = (): never => {
  throw new Error('secret-of-the-source');
};
const kDashboard: DashboardSource = {
  observe: () => observation({ at: Date.now() }),
  serverActivity: () => Promise.resolve(undefined),
};
const kHealth: HealthSource = {
  healthCheck: broken,
  reconnect: broken,
  isConnected: broken,
  getConnectionStats: broken,
};

/** Both handlers, as somebody would ask each for what `authorize` guards. */
const kHandlers = {
  dashboard(authorize: Authorize) {
    const handler = dashboardHandler(kDashboard, { authorize: authorize as never });
    return { handler, method: 'GET', path: '/?stream=1', close: () => handler.close() };
  },
  health(authorize: Authorize) {
    const handler = healthHandler(kHealth, { reconnect: { authorize: authorize as never } });
    return { handler, method: 'POST', path: '/', close: () => undefined };
  },
};

function ask(url: string, method: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject).end();
  });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const kAnswers: [string, (response: ServerResponse) => boolean | Promise<boolean>][] = [
  ['and returns false', (response) => response.writeHead(401).end('mine') && false],
  ['and returns true', (response) => !!response.writeHead(401).end('mine')],
  [
    'and rejects',
    async (response) => {
      response.writeHead(401).end('mine');
      await Promise.reject(new Error('later'));
      return true;
    },
  ],
];

describe.each(Object.keys(kHandlers) as (keyof typeof kHandlers)[])('%s', (name) => {
  test.each(kAnswers)('an authorize that answers for itself %s: its answer, once', async (_, authorize) => {
    let response!: ServerResponse;
    const { handler, method, path, close } = kHandlers[name](() => authorize(response));
    const handled: Promise<unknown>[] = [];
    const server = createServer((req, res) => {
      response = res;
      handled.push((handler as (a: IncomingMessage, b: ServerResponse) => Promise<unknown>)(req, res));
    });
    const url = await listen(server);
    expect(await ask(url + path, method)).toEqual({ status: 401, text: 'mine' });
    await expect(Promise.all(handled)).resolves.toHaveLength(1);
    close();
    await new Promise((resolve) => server.close(resolve));
  });

  test('an authorize that answers by Fastify itself: its answer, once', async () => {
    let reply!: FastifyReply;
    const { handler, method, path, close } = kHandlers[name](() => {
      reply.code(401).send('mine');
      return false;
    });
    const complaints: unknown[] = [];
    const app = fastify({
      logger: { level: 'warn', stream: { write: (line: string) => void complaints.push(line) } },
    });
    app.route({
      method: ['GET', 'POST'],
      url: '/',
      handler: (request: FastifyRequest, given) => {
        reply = given;
        return (handler as (a: unknown, b: unknown) => Promise<unknown>)(request, given);
      },
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    expect(await ask(url + path, method)).toEqual({ status: 401, text: 'mine' });
    close();
    await app.close();
    expect(complaints).toEqual([]);
  });
});

test('a source that fails is answered with 500, which says nothing of it', async () => {
  const handler = healthHandler(kHealth);
  const server = createServer((req, res) => void handler(req, res));
  const url = await listen(server);
  for (const path of ['/', '/ready']) {
    const { status, text } = await ask(url + path, 'GET');
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  }
  expect((await handler(new Request('http://localhost/'))).status).toBe(500);
  await new Promise((resolve) => server.close(resolve));
});

test('a Web handler answers HEAD without a body, whatever it answers', async () => {
  const { handler: dashboard, close } = kHandlers.dashboard(() => false);
  for (const handler of [healthHandler(kHealth), dashboard]) {
    const { status, body } = await (handler as (request: Request) => Promise<Response>)(
      new Request('http://localhost/', { method: 'HEAD' }),
    );
    expect({ status, body }).toEqual({ status: handler === dashboard ? 403 : 500, body: null });
  }
  close();
});
