import { setTimeout as sleep } from 'node:timers/promises';

import { heapUse } from '../../../lib/host/heap';
import { checkHealth } from '../../../lib/observe/health';

const kPatient = { latencyWarnMs: 60_000, heapWarnShare: 1 };
const answers = (): Promise<void> => Promise.resolve();

test('a database that answers, and memory that is low', async () => {
  const result = await checkHealth(answers, kPatient);
  expect(result).toMatchObject({ status: 'healthy', database: 'connected' });
  expect(result).not.toHaveProperty('error');
  const { used, limit } = heapUse();
  // Between the two readings the heap moves a little.
  expect(Number(result.memory.heapUsagePercent)).toBeCloseTo((used / limit) * 100, 0);
  expect(result.memory.heapUsed).toMatch(/^\d+\.\d\d$/);
});

test.each([
  ['answers slowly', () => sleep(20), { ...kPatient, latencyWarnMs: 5 }],
  ['answers while the heap is fuller than it should be', answers, { ...kPatient, heapWarnShare: 0 }],
])('one that %s is degraded', async (_, query, limits) => {
  expect(await checkHealth(query, limits)).toMatchObject({ status: 'degraded', database: 'connected' });
});

test('one that does not answer is unhealthy, whatever memory says', async () => {
  const result = await checkHealth(() => Promise.reject(new Error('no route')), { ...kPatient, heapWarnShare: 0 });
  expect(result).toMatchObject({ status: 'unhealthy', database: 'disconnected', error: 'no route' });
});
