/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The dashboard in a real browser, over a client whose database really goes away. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { ResilientPrismaClient } from '../../../lib';
import { dashboardHandler, type DashboardHandler, type DashboardSource } from '../../../lib/dashboard';
import { openBrowser } from '../../support/browser';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';
import { observation } from '../../lib/observe/observation';

jest.setTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

interface Shown {
  readonly page: Page;
  readonly server: Server;
  readonly handler: DashboardHandler;
  readonly streams: Set<ServerResponse>;
  /** What the browser reported: violations of the policy among it. */
  readonly complaints: string[];
  readonly requests: string[];
  close(): Promise<void>;
}

async function show(source: DashboardSource, context?: BrowserContext): Promise<Shown> {
  const handler = dashboardHandler(source);
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url?.includes('stream')) streams.add(response.on('close', () => streams.delete(response)));
    void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await (context ?? browser).newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`);
  return {
    page,
    server,
    handler,
    streams,
    complaints,
    requests,
    async close() {
      await page.close();
      handler.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const figure = (page: Page, name: string) => page.locator(`dd[data-name="${name}"]`);
const number = async (page: Page, name: string) => Number((await figure(page, name).textContent())?.split(' ')[0]);

describe('over a real database', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await PostgresCluster.start();
    await createSchema(cluster);
  });
  afterAll(() => cluster?.dispose());

  test('shows what the client says of itself, and an outage within a second', async () => {
    const { PrismaClient } = generatedClient();
    const resilient = new ResilientPrismaClient(
      (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url(), { max: 3 })) }),
      { logging: { level: 'silent' } },
    );
    const prisma = resilient.getClient();
    await resilient.ready();
    const { page, complaints, requests, close } = await show(resilient);
    try {
      await page.waitForFunction(() => document.getElementById('state')?.textContent === 'up');
      for (let i = 0; i < 30; ++i) await prisma.user.count();
      await prisma.$queryRawUnsafe('SELECT nonsense').catch(() => undefined);
      await resilient.hardReset();
      await resilient.read(() => 1, { cacheKey: 'a' });
      await resilient.read(() => 1, { cacheKey: 'a' });

      const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
      const gone = new Promise((resolve) => resilient.once('disconnect', resolve));
      await cluster.stop('fast');
      const waiting = Promise.all([prisma.user.count(), prisma.user.count()]);
      await gone;
      const told = performance.now();
      await page.waitForFunction(() => document.getElementById('state')?.textContent === 'down');
      expect(performance.now() - told).toBeLessThan(1000);
      await cluster.start();
      await back;
      await waiting;
      await page.waitForFunction(() => document.getElementById('state')?.textContent === 'up');

      const { stats, retries, latency, cache, pool } = resilient.observe();
      await page.waitForFunction(
        // A look in between may have seen all queries begun and not yet all of them ended.
        ([count, p99]) =>
          document.querySelector('dd[data-name="queries"]')?.textContent === String(count) &&
          document.querySelector('dd[data-name="p99"]')?.textContent === `${p99} ms`,
        [stats.queryCount, Math.round(latency.p99 * 100) / 100],
      );
      expect(await number(page, 'failed')).toBe(stats.errorCount);
      expect(await number(page, 'retries')).toBe(retries.operations + retries.calls);
      expect(await number(page, 'generation')).toBe(stats.generation);
      expect(await number(page, 'hard-resets')).toBe(1);
      expect(await number(page, 'outages')).toBe(1);
      expect(await number(page, 'cache-hits')).toBe(cache.hits);
      expect(await number(page, 'pool-open')).toBe(pool?.open);
      await page.waitForFunction(() => (document.querySelector('#activity tbody')?.childElementCount ?? 0) > 0);
      expect(await number(page, 'max-connections')).toBe(
        Number((await cluster.query<{ max_connections: string }>('SHOW max_connections'))[0].max_connections),
      );
      // The first question may have met the probe while it was connecting again, and gone through the client.
      await page.waitForFunction(() => document.querySelector('dd[data-name="asked-by"]')?.textContent === 'probe');
      expect(await figure(page, 'circuit').textContent()).toBe('CLOSED');
      const events = await page.locator('#events tbody tr td:nth-child(2)').allTextContents();
      expect(events).toEqual(expect.arrayContaining(['outage', 'recovered', 'hard-reset']));
      // A failed query is the caller's own, and is not among the errors.
      expect(await page.locator('#errors tbody').textContent()).not.toContain('nonsense');
      expect(await page.locator('#errors tbody tr').count()).toBe(resilient.getMetrics().recentErrors.length);
      expect(await page.locator('#charts canvas').count()).toBe(4);

      expect(complaints).toEqual([]);
      expect(new Set(requests.map((url) => new URL(url).pathname))).toEqual(new Set(['/dashboard']));
    } finally {
      await close();
      await resilient.shutdown();
    }
  });
});

describe('over a scripted client', () => {
  const kHostile = '</script><img src=x onerror="alert(1)"><script>alert(2)</script>\u2028{{x}}';

  class Scripted implements DashboardSource {
    queries = 0;
    errors: { at: Date; operation: string; model: string; errorClass: 'unknown'; message: string }[] = [];
    events: { id: number; at: number; name: 'state'; detail: string }[] = [];
    observe() {
      const base = observation();
      return {
        ...base,
        at: Date.now(),
        stats: { ...base.stats, queryCount: this.queries },
        recentErrors: this.errors,
        events: this.events,
      };
    }
    serverActivity() {
      const connections = [{ state: kHostile, count: 1 }];
      return Promise.resolve({
        via: 'probe' as const,
        connections,
        waitingForLock: 0,
        own: undefined,
        maxConnections: 7,
      });
    }
  }

  test('hostile names and messages are text and nothing else', async () => {
    const source = new Scripted();
    source.errors.push({
      at: new Date(),
      operation: kHostile,
      model: kHostile,
      errorClass: 'unknown',
      message: kHostile,
    });
    source.events.push({ id: 1, at: Date.now(), name: 'state', detail: kHostile });
    const { page, complaints, requests, close } = await show(source);
    try {
      await page.waitForFunction(() => (document.querySelector('#activity tbody')?.childElementCount ?? 0) > 0);
      expect(await page.locator('#errors td').nth(3).textContent()).toBe(kHostile);
      expect(await page.locator('#events td').nth(2).textContent()).toBe(kHostile);
      expect(await page.locator('#activity td').first().textContent()).toBe(kHostile);
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(1);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.includes('/dashboard'))).toEqual([]);
    } finally {
      await close();
    }
  });

  test('the policy holds: an inline script and a foreign request are refused', async () => {
    const { page, complaints, close } = await show(new Scripted());
    try {
      const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        try {
          script.textContent = 'window.ran = true';
        } catch {
          // refused already: trusted types
        }
        document.body.append(script);
        return fetch('http://127.0.0.2:1/').then(
          () => 'fetched',
          () => String((window as { ran?: boolean }).ran),
        );
      });
      expect(ran).toBe('undefined');
      expect(complaints.join()).toMatch(/Content Security Policy/);
    } finally {
      await close();
    }
  });

  test('a stream that breaks comes back and goes on from where it was', async () => {
    const source = new Scripted();
    source.events.push({ id: 1, at: Date.now(), name: 'state', detail: 'first' });
    const { page, streams, close } = await show(source);
    try {
      await page.waitForFunction(() => document.querySelectorAll('#events tbody tr').length === 1);
      for (const stream of streams) stream.destroy();
      await page.waitForFunction(() => document.getElementById('stream')?.textContent?.includes('lost'));
      source.events.push({ id: 2, at: Date.now(), name: 'state', detail: 'meanwhile' });
      source.queries = 42;
      await page.waitForFunction(() => document.getElementById('stream')?.textContent === 'live');
      await page.waitForFunction(() => document.querySelector('dd[data-name="queries"]')?.textContent === '42');
      const details = await page.locator('#events tbody tr td:nth-child(3)').allTextContents();
      expect(details).toEqual(['meanwhile', 'first']);
    } finally {
      await close();
    }
  });

  test('on a phone nothing is wider than the screen; all can be reached by keyboard; colours follow the system', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const { page, close } = await show(new Scripted(), context);
    try {
      await page.waitForFunction(() => document.getElementById('state')?.textContent === 'up');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await background();
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await background()).not.toBe(dark);
      const reached = new Set<string>();
      for (let i = 0; i < 20; ++i) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName || ''));
      }
      expect([...reached]).toEqual(
        expect.arrayContaining(['range', 'SUMMARY', 'events', 'bulkheads', 'activity', 'errors']),
      );
      expect(await page.locator('#state').getAttribute('aria-live')).toBe('polite');
      // Each chart can be read as a table.
      await page.waitForFunction(() => document.querySelectorAll('#charts figure table tbody tr').length >= 4);
      expect(await page.locator('table th:not([scope])').count()).toBe(0);
    } finally {
      await close();
      await context.close();
    }
  });
});
