/** One health check: a trivial query with its latency, and the heap. */
import { heapUse } from '../host/heap';
import { messageOf } from '../host/log';
import type { HealthResult } from '../events';
import { native } from '../native';

interface HealthLimits {
  readonly latencyWarnMs: number;
  /** Share of the heap's limit, 0 to 1. */
  readonly heapWarnShare: number;
}

const kMiB = 1024 * 1024;

/** `query` is the check's question to the database. Never rejects. */
export async function checkHealth(query: () => Promise<void>, limits: HealthLimits): Promise<HealthResult> {
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
    { latencyWarnMs: limits.latencyWarnMs, heapWarn: limits.heapWarnShare },
  );
  return { status, database: answered ? 'connected' : 'disconnected', latency, memory, ...(!answered && { error }) };
}
