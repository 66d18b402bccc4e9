/** The health endpoint in real servers: Node's http, Express 5, Fastify 5, and as a Web handler. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import express from 'express';
import fastify from 'fastify';

import { type HealthRequest, healthHandler } from '../../../lib/observe/health-handler';
import type { HealthSource } from '../../../lib/observe/health-request';

class Source implements HealthSource {
  healthy = true;
  checks = 0;
  reconnects = 0;
  reconnectError: Error | undefined;
  /** Reconnecting takes at least until as many were asked for permission. */
  together = 0;
  private asked = 0;
  private onAsked: () => void = () => undefined;

  async healthCheck(): ReturnType<HealthSource['healthCheck']> {
    this.checks += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const memory = { heapUsed: '1.00', heapTotal: '2.00', heapLimit: '1000.00', heapUsagePercent: '0.10' };
    return this.healthy
      ? { status: 'healthy', database: 'connected', latency: 1, memory }
      : { status: 'unhealthy', database: 'disconnected', latency: 5, memory, error: 'gone' };
  }
  async reconnect(): Promise<void> {
    this.reconnects += 1;
    while (this.asked < this.together) await new Promise<void>((resolve) => (this.onAsked = resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.reconnectError) throw this.reconnectError;
  }
  permission(): void {
    this.asked += 1;
    this.onAsked();
  }
  isConnected(): boolean {
    return this.healthy;
  }
  getConnectionStats(): ReturnType<HealthSource['getConnectionStats']> {
    return {
      state: this.healthy ? 'up' : 'down',
      uptime: 1,
      totalReconnects: 0,
      totalHardResets: 0,
      parked: 0,
    } as ReturnType<HealthSource['getConnectionStats']>;
  }
}

/** How each framework mounts the handler at /health. */
const kFrameworks: Record<
  string,
  (source: Source, authorize?: (request: HealthRequest) => boolean) => Promise<{ url: string; close(): Promise<void> }>
> = {
  async http(source, authorize) {
    const handler = healthHandler(source, authorize && { reconnect: { authorize } });
    return listening(createServer((req, res) => void handler(req, res)));
  },
  async express(source, authorize) {
    const app = express();
    const handler = healthHandler(source, authorize && { reconnect: { authorize } });
    app.use('/health', (req, res) => void handler(req, res));
    return listening(createServer(app));
  },
  async fastify(source, authorize) {
    const app = fastify();
    const handler = healthHandler(source, authorize && { reconnect: { authorize } });
    app.route({ method: ['GET', 'HEAD', 'POST', 'PUT'], url: '/health', handler: (req, reply) => handler(req, reply) });
    app.route({ method: ['GET'], url: '/health/*', handler: (req, reply) => handler(req, reply) });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
  },
  async web(source, authorize) {
    const handler = healthHandler(source, authorize && { reconnect: { authorize } });
    return listening(
      createServer(async (req, res) => {
        const answer = await handler(new Request(`http://localhost${req.url}`, { method: req.method }));
        res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
      }),
    );
  },
};

async function listening(server: Server): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function ask(
  url: string,
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject).end();
  });
}

describe.each(Object.keys(kFrameworks))('%s', (name) => {
  let source: Source;
  let server: { url: string; close(): Promise<void> };
  beforeEach(async () => {
    source = new Source();
    server = await kFrameworks[name](source, (request) => {
      source.permission();
      return 'url' in request || 'raw' in request;
    });
  });
  afterEach(() => server.close());

  test('GET answers 200 and 503 with the documented body, and a stranger is told no more than it', async () => {
    const body = (status: string) => ({
      status,
      message: expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-/),
    });
    const up = await ask(`${server.url}/health`);
    expect(up.status).toBe(200);
    expect(up.headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(up.text)).toStrictEqual(body('success'));
    source.healthy = false;
    for (const path of ['/health', '/health/ready']) {
      const down = await ask(`${server.url}${path}`);
      expect(down.status).toBe(503);
      expect(JSON.parse(down.text)).toStrictEqual(body('error'));
    }
    source.reconnectError = new Error('still gone');
    const failed = await ask(`${server.url}/health`, 'POST');
    expect(failed.status).toBe(503);
    expect(JSON.parse(failed.text)).toStrictEqual(body('error'));
  });

  test('HEAD answers without a body', async () => {
    expect(await ask(`${server.url}/health`, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  test('/live and /ready answer without asking the database', async () => {
    source.healthy = false;
    expect((await ask(`${server.url}/health/live`)).status).toBe(200);
    expect((await ask(`${server.url}/health/ready`)).status).toBe(503);
    source.healthy = true;
    expect((await ask(`${server.url}/health/ready`)).status).toBe(200);
    expect(source.checks).toBe(0);
  });

  test('many at a time ask the database once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask(`${server.url}/health`)));
    expect(source.checks).toBeLessThan(20);
  });

  test('POST and ?reconnect=true reconnect once, and not again before the interval is over', async () => {
    source.together = 2;
    const answers = await Promise.all([
      ask(`${server.url}/health`, 'POST'),
      ask(`${server.url}/health?reconnect=true`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(source.reconnects).toBe(1);
    const again = await ask(`${server.url}/health`, 'POST');
    expect(again.status).toBe(429);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('other methods are refused', async () => {
    const answer = await ask(`${server.url}/health`, 'PUT');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });
});

describe('who may reconnect', () => {
  test.each<[string, ((request: HealthRequest) => boolean) | undefined]>([
    ['nobody without the option', undefined],
    ['not whom authorize refuses', () => false],
    [
      'nobody where authorize throws',
      () => {
        throw new Error('no session store');
      },
    ],
    ['nobody where authorize answers something truthy that is not true', () => 'yes' as unknown as boolean],
  ])('%s', async (_, authorize) => {
    const source = new Source();
    const server = await kFrameworks.http(source, authorize);
    expect((await ask(`${server.url}/health`, 'POST')).status).toBe(403);
    expect((await ask(`${server.url}/health?reconnect=true`)).status).toBe(403);
    expect(source.reconnects).toBe(0);
    await server.close();
  });

  test('a reconnect that fails is told as 503', async () => {
    const source = new Source();
    source.reconnectError = new Error('still gone');
    const server = await kFrameworks.http(source, () => true);
    const answer = await ask(`${server.url}/health`, 'POST');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'error', message: 'reconnecting failed' });
    await server.close();
  });
});

describe('details', () => {
  const ok = (answer: Response): Promise<object> => answer.json() as Promise<object>;
  const request = (operator: boolean): Request =>
    new Request('http://localhost/health', { headers: operator ? { 'x-operator': 'yes' } : {} });
  const isOperator = (asked: HealthRequest): boolean =>
    'headers' in asked && typeof asked.headers?.get === 'function' && asked.headers.get('x-operator') === 'yes';

  test.each<[string, true | ((asked: HealthRequest) => boolean | Promise<boolean>)]>([
    ['for everybody', true],
    ['for whom the option says yes', isOperator],
    ['for whom it resolves with yes', (asked) => Promise.resolve(isOperator(asked))],
  ])('%s', async (_, details) => {
    const source = new Source();
    source.healthy = false;
    const handler = healthHandler(source, { details });
    expect(await ok(await handler(request(true)))).toMatchObject({
      error: 'gone',
      health: { database: 'disconnected' },
      connection: { state: 'down' },
    });
    const told = await ok(await handler(request(false)));
    if (details !== true) expect(Object.keys(told).sort()).toEqual(['message', 'status', 'timestamp']);
  });

  test.each<[string, unknown]>([
    ['not where it throws', () => broken()],
    ['not where it rejects', () => Promise.reject(new Error('no session store'))],
    ['not for what is merely truthy', () => 'yes'],
    ['not where the option is no function and not true', 'yes'],
  ])('%s', async (_, details) => {
    const handler = healthHandler(new Source(), { details: details as boolean });
    expect(Object.keys(await ok(await handler(request(true)))).sort()).toEqual(['message', 'status', 'timestamp']);
  });

  function broken(): never {
    throw new Error('no session store');
  }
});

test('malformed and huge requests get an answer, and the server lives on', async () => {
  const server = await kFrameworks.http(new Source());
  const { port } = new URL(server.url);
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
      socket.on('close', () => resolve(answer)).on('error', () => resolve(answer));
    });
  const head = 'host: x\r\nconnection: close\r\n\r\n';
  expect(await raw(`GET //[ HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(`GET /${'a'.repeat(5000)} HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1\.1 414 /);
  expect(await raw(`GET /health%ff%00 HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1\.1 200 /);
  expect((await ask(`${server.url}/health`)).status).toBe(200);
  await server.close();
});
