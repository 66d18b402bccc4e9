import { setTimeout as sleep } from 'node:timers/promises';

import { heapUse } from '../../../lib/host/heap';
import { Log } from '../../../lib/host/log';
import { checkHealth } from '../../../lib/observe/health';

type Limits = Parameters<typeof checkHealth>[1];

const limits = (latencyWarnMs: number, gcThreshold: number): Limits =>
  ({ healthCheck: { latencyWarnMs }, memory: { gcThreshold } }) as Limits;
const kPatient = limits(60_000, 1);
const warnings: string[] = [];
const log = new Log('warn', {
  debug: () => undefined,
  info: () => undefined,
  error: () => undefined,
  warn: (line) => void warnings.push(String(line)),
});
const answers = (): Promise<void> => Promise.resolve();

test('a database that answers, and memory that is low', async () => {
  const result = await checkHealth(answers, kPatient, log);
  expect(result).toMatchObject({ status: 'healthy', database: 'connected' });
  expect(result).not.toHaveProperty('error');
  const { used, limit } = heapUse();
  // Between the two readings the heap moves a little.
  expect(Number(result.memory.heapUsagePercent)).toBeCloseTo((used / limit) * 100, 0);
  expect(result.memory.heapUsed).toMatch(/^\d+\.\d\d$/);
});

test.each([
  ['answers slowly', () => sleep(20), limits(5, 1)],
  ['answers while the heap is fuller than it should be', answers, limits(60_000, 0)],
])('one that %s is degraded', async (_, query, given) => {
  expect(await checkHealth(query, given, log)).toMatchObject({ status: 'degraded', database: 'connected' });
});

test('one that does not answer is unhealthy, whatever memory says', async () => {
  const result = await checkHealth(() => Promise.reject(new Error('no route')), limits(60_000, 0), log);
  expect(result).toMatchObject({ status: 'unhealthy', database: 'disconnected', error: 'no route' });
});

test('that there is a third word beside those of 0.2.x is said once', async () => {
  await checkHealth(answers, limits(60_000, 0), log);
  await checkHealth(answers, limits(60_000, 0), log);
  expect(warnings).toEqual([
    expect.stringMatching(/'degraded'.*0\.2\.x said 'healthy'.*compare status with 'unhealthy'/),
  ]);
});
