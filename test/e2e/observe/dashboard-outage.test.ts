/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The dashboard in an outage that all operations wait out, in a real browser: what it says, how it looks, and that it can
 * be read on a phone. `RESILIENCE_SCREENSHOTS=1` writes the pictures of docs/observability.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

import { ResilientPrismaClient } from '../../../lib';
import { dashboardHandler, type DashboardHandler } from '../../../lib/dashboard';
import { openBrowser } from '../../support/browser';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient, makeAdapter } from '../../support/prisma';

jest.setTimeout(120_000);

const kDeadlineMs = 60_000;
const pictures = process.env.RESILIENCE_SCREENSHOTS
  ? join(__dirname, '../../../docs')
  : mkdtempSync(join(tmpdir(), 'pictures-'));

type Client = InstanceType<ReturnType<typeof generatedClient>['PrismaClient']>;

let browser: Browser;
let cluster: PostgresCluster;
let resilient: ResilientPrismaClient<Client>;
let handler: DashboardHandler;
let server: Server;
let url: string;
let load: NodeJS.Timeout;

beforeAll(async () => {
  [browser, cluster] = await Promise.all([openBrowser(), PostgresCluster.start()]);
  await createSchema(cluster);
  const { PrismaClient } = generatedClient();
  resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(makeAdapter(cluster.url(), { max: 5 })) }),
    { logging: { level: 'silent' }, reconnect: { deadline: kDeadlineMs } },
  );
  const prisma = resilient.getClient();
  await resilient.ready();
  handler = dashboardHandler(resilient);
  server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  load = setInterval(() => {
    if (resilient.getConnectionStats().inFlight > 20) return;
    prisma.user.count().catch(() => undefined);
  }, 40);
});
afterAll(async () => {
  clearInterval(load);
  await browser?.close();
  handler?.close();
  await resilient?.shutdown({ drainMs: 0 });
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  await cluster?.dispose();
  if (!process.env.RESILIENCE_SCREENSHOTS) rmSync(pictures, { recursive: true, force: true });
});

const shown = (page: Page, name: string): Promise<string | null> =>
  page.locator(`dd[data-name="${name}"]`).textContent();

async function open(colorScheme: 'light' | 'dark', width: number, height: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById('stream')?.textContent === 'live');
  return page;
}

/** Words that stand on more than one line although each has room on one. */
function brokenWords(): string[] {
  const broken: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const style = node.parentElement?.closest('script, style, noscript');
    if (style || !node.parentElement?.checkVisibility()) continue;
    for (const match of (node.textContent ?? '').matchAll(/\S+/g)) {
      const [word] = match;
      if (word.length > 24) continue;
      const span = document.createRange();
      span.setStart(node, match.index);
      span.setEnd(node, match.index + word.length);
      const lines = new Set([...span.getClientRects()].map(({ top }) => Math.round(top)));
      // Breaking at a hyphen or a slash is writing, not breaking.
      if (lines.size > 1 && !/[-/:]/.test(word)) broken.push(word);
    }
  }
  return broken;
}

test('cause, host, since when and the deadline; recent errors although all waits; one zoomable time axis', async () => {
  const page = await open('light', 1280, 1700);
  expect(await page.locator('#outage').isVisible()).toBe(false);
  await page.waitForFunction(() => document.querySelectorAll('#charts figure table tbody tr').length >= 8);
  const gone = new Promise((resolve) => resilient.once('disconnect', resolve));
  await cluster.stop('fast');
  await gone;
  await page.locator('#outage').waitFor({ state: 'visible' });
  await page.waitForFunction(() => Number(document.querySelector('dd[data-name="outage-parked"]')?.textContent) > 5);
  expect(await shown(page, 'outage-cause')).toMatch(/\w{5}/);
  expect(await shown(page, 'outage-host')).toBe(`127.0.0.1:${cluster.port}`);
  expect(await shown(page, 'outage-since')).toMatch(/\d:\d\d.*, for \d+ s/);
  expect(await shown(page, 'outage-deadline')).toBe(`${kDeadlineMs / 1000} s`);
  // No operation has failed: all of them wait.
  expect(resilient.getMetrics().recentErrors.map(({ operation }) => operation)).toContain('connection');
  expect(await page.locator('#errors tbody tr').count()).toBeGreaterThan(0);

  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(700);
    const file = join(pictures, `dashboard-${scheme}.png`);
    const taken = await page.screenshot({ path: file });
    expect(taken.length).toBeGreaterThan(20_000);
  }

  // What is chosen on the strip is what the charts show, until they follow again.
  const strip = (await page.locator('#timeline canvas').boundingBox())!;
  await page.mouse.move(strip.x + strip.width - 40, strip.y + 30);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width - 20, strip.y + 30);
  await page.mouse.up();
  expect(await page.locator('#span').textContent()).toMatch(/ to /);
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await page.getByRole('button', { name: 'Earlier' }).click();
  expect(await page.locator('#follow').isEnabled()).toBe(true);
  const chart = (await page.locator('#charts .u-over').first().boundingBox())!;
  const before = await page.locator('#span').textContent();
  await page.mouse.move(chart.x + 100, chart.y + 40);
  await page.mouse.down();
  await page.mouse.move(chart.x + 200, chart.y + 40);
  await page.mouse.up();
  expect(await page.locator('#span').textContent()).not.toBe(before);
  await page.getByRole('button', { name: 'Follow' }).click();
  expect(await page.locator('#span').textContent()).toBe('following');

  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await page.evaluate(brokenWords)).toEqual([]);

  const back = new Promise((resolve) => resilient.once('reconnect:success', resolve));
  await cluster.start();
  await back;
  await page.locator('#outage').waitFor({ state: 'hidden' });
  await page.context().close();
});

test('no quantile is above the slowest', async () => {
  const { latency } = resilient.observe();
  const page = await open('light', 1280, 900);
  const rows = await page.locator('#charts figure').nth(1).locator('tbody tr td:nth-child(4)').allTextContents();
  const seen = rows.map(Number).filter((value) => !Number.isNaN(value));
  expect(seen.length).toBeGreaterThan(0);
  const { max } = resilient.observe().latency;
  for (const value of seen) expect(value).toBeLessThanOrEqual(Math.round(max * 100) / 100);
  expect(max).toBeGreaterThanOrEqual(latency.p99);
  await page.context().close();
});
