/** Some looks by the package's own probe: what it will see once the application runs. */
import type { ProbeResult } from '../../../native-probe';
import type { Known, ProbeFacts } from '../facts';
import { nativeProbe } from './addons';

const kNone = 'there is no probe';
const kLooks = 5;
/** On top of a look's own time limit: for the thread to come round. */
const kGraceMs = 1000;

export async function collectProbe(url: string, timeoutMs: number): Promise<Known<ProbeFacts>> {
  const { createProbe, probeAddon, roleName } = nativeProbe();
  const loaded = probeAddon();
  if (!loaded.addon || loaded.reason !== undefined) return { reason: loaded.reason ?? kNone };
  const { ProbeVerdict } = loaded.addon.enums;
  const waiting: ((result: ProbeResult) => void)[] = [];
  const opened = createProbe({ target: { url }, intervalMs: 60_000, downIntervalMs: 60_000, timeoutMs }, (result) =>
    waiting.shift()?.(result),
  );
  const { probe } = opened;
  if (!probe) return { reason: opened.reason ?? kNone };
  const results: ProbeResult[] = [];
  try {
    while (results.length < kLooks) {
      const result = await within<ProbeResult>(timeoutMs + kGraceMs, (resolve) => {
        waiting.push(resolve);
        probe.now(results.length + 1);
      });
      if (!result) return { reason: `the probe did not answer within ${timeoutMs + kGraceMs} ms` };
      results.push(result);
      if (result.verdict !== ProbeVerdict.up) break;
    }
  } finally {
    probe.close();
  }
  const last = results[results.length - 1] as ProbeResult;
  const latencies = results.filter(({ code }) => code === '').map(({ latencyMs }) => latencyMs);
  const verdicts = Object.entries(ProbeVerdict) as [ProbeFacts['verdict'], number][];
  return {
    known: {
      verdict: verdicts.find(([, value]) => value === last.verdict)?.[0] ?? 'inconclusive',
      looks: results.length,
      latencyMs: median(latencies),
      role: roleName(last.role),
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

/** A timer that is referenced: nothing of a probe keeps the process alive. */
function within<T>(ms: number, start: (resolve: (value: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
