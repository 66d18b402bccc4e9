/** One health check: a trivial query with its latency, and the heap. */
import { heapUse } from '../host/heap';
import { type Log, messageOf } from '../host/log';
import type { HealthResult } from '../events';
import { type EffectiveConfig, HealthStatus, native } from '../native';

type Limits = Pick<EffectiveConfig, 'healthCheck' | 'memory'>;

const kMiB = 1024 * 1024;

/** `query` is the check's question to the database. Never rejects. */
export async function checkHealth(query: () => Promise<void>, limits: Limits, log: Log): Promise<HealthResult> {
  const began = performance.now();
  let error: string | undefined;
  try {
    await query();
  } catch (thrown) {
    error = messageOf(thrown);
  }
  const latency = Math.round((performance.now() - began) * 100) / 100;
  const { heapUsed, heapTotal } = process.memoryUsage();
  const { used, limit } = heapUse();
  const share = used / limit;
  const memory = {
    heapUsed: (heapUsed / kMiB).toFixed(2),
    heapTotal: (heapTotal / kMiB).toFixed(2),
    heapLimit: (limit / kMiB).toFixed(2),
    heapUsagePercent: (share * 100).toFixed(2),
  };
  const answered = error === undefined;
  const status = native.judgeHealth(
    { answered, latencyMs: latency, heapShare: share },
    { latencyWarnMs: limits.healthCheck.latencyWarnMs, heapWarn: limits.memory.gcThreshold },
  );
  if (status === HealthStatus.degraded) tellOfDegraded(log, latency, memory.heapUsagePercent);
  return { status, database: answered ? 'connected' : 'disconnected', latency, memory, ...(!answered && { error }) };
}

let told = false;

/** Once for each process: 0.2.x knew two words, and what compares with one of them takes the third for the other. */
function tellOfDegraded(log: Log, latency: number, heapUsagePercent: string): void {
  if (told) return;
  told = true;
  log.warn(
    `healthCheck() answers 'degraded' from time to time: the database answers, in ${latency} ms with ${heapUsagePercent} % ` +
      "of the heap in use now. 0.2.x said 'healthy' then: compare status with 'unhealthy' to take an instance out",
  );
}
