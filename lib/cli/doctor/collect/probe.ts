/** Some looks by the package's own probe: what it will see once the application runs. */
import type { ProbeResult } from '../../../native';
import type { Deadline } from '../deadline';
import type { Known, ProbeFacts } from '../facts';
import { nativeProbe } from './addons';

const kNone = 'there is no probe';
const kLooks = 5;
const kLongestLookMs = 5000;

export async function collectProbe(url: string, deadline: Deadline): Promise<Known<ProbeFacts>> {
  const { createProbe, probeAddon } = nativeProbe();
  const loaded = probeAddon();
  if (!loaded.addon || loaded.reason !== undefined) return { reason: loaded.reason ?? kNone };
  // Its own verdict comes before everything's end, and the server, which is asked afterwards, needs the other half.
  const timeoutMs = Math.min(kLongestLookMs, Math.ceil(deadline.left * 0.6));
  const half = deadline.ms / 2;
  const waiting: ((result: ProbeResult) => void)[] = [];
  const opened = createProbe({ target: { url }, intervalMs: 60_000, downIntervalMs: 60_000, timeoutMs }, (result) =>
    waiting.shift()?.(result),
  );
  const { probe } = opened;
  if (!probe) return { reason: opened.reason ?? kNone };
  const results: ProbeResult[] = [];
  try {
    do {
      const answered = new Promise<ProbeResult>((resolve) => waiting.push(resolve));
      probe.now(results.length + 1);
      const result = await deadline.within(answered);
      if (!result) break;
      results.push(result);
    } while (results.length < kLooks && results[results.length - 1]?.verdict === 'up' && deadline.left > half);
  } finally {
    probe.close();
  }
  const last = results[results.length - 1];
  if (!last) return { reason: deadline.reason };
  const latencies = results.filter(({ code }) => code === '').map(({ latencyMs }) => latencyMs);
  return {
    known: {
      verdict: last.verdict,
      looks: results.length,
      latencyMs: median(latencies),
      role: last.role,
      host: last.host,
      port: last.port,
      code: last.code,
      message: last.message,
    },
  };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
