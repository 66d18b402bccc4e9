/**
 * An environment on its way down answers no call of Node-API's: nothing that the addons make of that may end the process.
 * RESILIENCE_TEARDOWN_WORKERS sets how many workers there are.
 */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { loadCore, loadProbe } from '../../lib/addon/loader';

const kWorkers = Number(process.env.RESILIENCE_TEARDOWN_WORKERS ?? 320);
const kAtOnce = 8;
const root = resolve(__dirname, '..', '..');

interface Told {
  readonly workers: number;
  readonly calls: number;
  readonly errors: readonly string[];
}

async function terminated(withinMs: number, fromFirstCall: boolean): Promise<Told> {
  const probe = loadProbe();
  if (!probe.kind) throw new Error(probe.refused.join('; '));
  const addons = [loadCore().from, probe.from].map((from) => resolve(root, from));
  const wish = { addons, workers: kWorkers / 2, atOnce: kAtOnce, withinMs, fromFirstCall, seed: 7 };
  const child = join(__dirname, 'support', 'teardown_child.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(wish)]);
  return JSON.parse(stdout) as Told;
}

test.each([
  { what: 'while they load the addons', withinMs: 6, fromFirstCall: false },
  { what: 'while they call every export', withinMs: 6, fromFirstCall: true },
])('workers that are terminated $what do not end the process', async ({ withinMs, fromFirstCall }) => {
  const told = await terminated(withinMs, fromFirstCall);
  expect(told.errors).toEqual([]);
  expect(told.workers).toBe(kWorkers / 2);
  if (fromFirstCall) expect(told.calls).toBeGreaterThanOrEqual(told.workers / kAtOnce);
});
