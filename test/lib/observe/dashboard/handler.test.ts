/** The dashboard's handler in real servers: Node's http, Express 5, Fastify 5, and as a Web handler. */
import { createHash } from 'node:crypto';
import { createServer, get, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import express from 'express';
import fastify from 'fastify';

import { dashboardHandler, type DashboardHandler, type DashboardOptions } from '../../../../lib/dashboard';
import { observation } from '../observation';

jest.setTimeout(15_000);

const source = {
  events: [{ id: 1, at: 1, name: 'outage' as const, detail: '' }],
  observe: () => observation({ at: Date.now(), events: source.events }),
  serverActivity: () => Promise.resolve(undefined),
};

interface Mounted {
  readonly url: string;
  close(): Promise<void>;
}

const kFrameworks: Record<string, (handler: DashboardHandler) => Promise<Mounted>> = {
  http: (handler) => listening(createServer((req, res) => void handler(req, res))),
  express(handler) {
    const app = express();
    app.use('/dashboard', (req, res) => void handler(req, res));
    return listening(createServer(app));
  },
  async fastify(handler) {
    const app = fastify();
    app.route({
      method: ['GET', 'HEAD', 'POST'],
      url: '/dashboard',
      handler: (req, reply) => handler(req, reply),
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/dashboard`, close: () => app.close() };
  },
  web: (handler) =>
    listening(
      createServer(async (req, res) => {
        const headers = Object.entries(req.headers) as [string, string][];
        const answer = await handler(new Request(`http://localhost${req.url}`, { method: req.method, headers }));
        const answered: Record<string, string> = {};
        answer.headers.forEach((value, name) => (answered[name] = value));
        res.writeHead(answer.status, answered);
        if (!answer.body) return void res.end();
        const body = Readable.fromWeb(answer.body as never);
        body.pipe(res);
        res.on('close', () => body.destroy());
      }),
    ),
};

async function listening(server: Server): Promise<Mounted> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function ask(
  url: string,
  method = 'GET',
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject).end();
  });
}

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: { points: unknown[]; events: { id: number }[] };
}

/** The stream's events until `enough`, and how it ended. */
function stream(url: string, headers: Record<string, string> = {}) {
  const told: Told[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const request = get(`${url}?stream=1`, { headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        told.push({ event: fields.event, id: fields.id, data: JSON.parse(fields.data) });
        text = text.slice(end + 2);
      }
      wake();
    });
    response.on('close', () => {
      ended = true;
      wake();
    });
    response.on('error', () => undefined);
  });
  request.on('error', () => undefined);
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return {
    told,
    count: (wanted: number) => until(() => told.length >= wanted),
    end: () => until(() => ended),
    /** Whether it told anything before it ended. */
    accepted: async () => {
      await until(() => told.length > 0 || ended);
      return told.length > 0;
    },
    leave: () => request.destroy(),
  };
}

describe.each(Object.keys(kFrameworks))('%s', (name) => {
  let handler: DashboardHandler;
  let server: Mounted;
  const mount = async (options?: DashboardOptions): Promise<void> => {
    handler = dashboardHandler(source, options);
    server = await kFrameworks[name](handler);
  };
  afterEach(async () => {
    handler.close();
    await server.close();
  });

  test('GET and HEAD answer the page with its policy, which allows exactly its own script and style', async () => {
    await mount();
    const page = await ask(server.url);
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toMatch(/unsafe/);
    for (const element of ['script', 'style']) {
      const [, text] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(page.text)!;
      expect(policy).toContain(`${element}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
    expect(page.text).toMatch(/MIT|Permission is hereby granted/);
    const head = await ask(server.url, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect((await ask(server.url, 'POST')).status).toBe(405);
  });

  test('a stream tells the history first, then what comes, and after a break what was missed', async () => {
    await mount();
    const first = stream(server.url);
    await first.count(2);
    first.leave();
    expect(first.told[0]).toMatchObject({ event: 'history', data: { events: [{ id: 1 }] } });
    expect(first.told[1]).toMatchObject({ event: 'update', data: { points: [{}], events: [] } });
    const again = stream(server.url, { 'last-event-id': first.told[1].id });
    await again.count(1);
    again.leave();
    expect(again.told[0]).toMatchObject({ event: 'update', data: { events: [] } });
    const foreign = stream(server.url, { 'last-event-id': 'of-another-process.1.1' });
    await foreign.count(1);
    expect(foreign.told[0].event).toBe('history');
    handler.close();
    await foreign.end();
  });

  test('who is not authorized sees neither page nor stream; one too many waits', async () => {
    await mount({ authorize: (request) => 'raw' in request || 'url' in request, maxWatchers: 1 });
    const only = stream(server.url);
    await only.count(1);
    const refused = await ask(`${server.url}?stream=1`);
    expect(refused).toMatchObject({ status: 503 });
    only.leave();
    handler.close();
    await server.close();

    await mount({
      authorize: () => {
        throw new Error('no session store');
      },
    });
    expect((await ask(server.url)).status).toBe(403);
    expect((await ask(`${server.url}?stream=1`)).status).toBe(403);
  });

  test('a place is free again once its page has gone', async () => {
    await mount({ maxWatchers: 1 });
    const first = stream(server.url);
    await first.count(1);
    first.leave();
    let accepted = false;
    while (!accepted) {
      const next = stream(server.url);
      accepted = await next.accepted();
      next.leave();
    }
    expect(accepted).toBe(true);
  });
});

test('a target that is too long is refused', async () => {
  const handler = dashboardHandler(source);
  const server = await kFrameworks.http(handler);
  expect((await ask(`${server.url}?${'x'.repeat(4000)}`)).status).toBe(414);
  handler.close();
  await server.close();
});
