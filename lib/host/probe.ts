/** The probe outside the client, for the host. */
import { type NativeLoopMonitor, type ProbeResult, createProbe, probeAddon } from '../native-probe';
import type { EffectiveConfig, ResilientConfig } from '../options';
import type { Log } from './log';
import { type KnownDatabase, probeTarget } from './probe-target';

/** How late a timer of a busy but healthy event loop may be, in ms. */
const kLoopToleranceMs = 250;

export interface DatabaseProbe {
  /** Looks for the database until stop(). */
  start(epoch: number): void;
  stop(): void;
  /** The event loop has turned. */
  beat(): void;
  close(): void;
}

/** undefined: there is none, one line says why, and the core looks in band. */
export function openProbe(
  config: ResilientConfig,
  effective: EffectiveConfig,
  log: Log,
  known: KnownDatabase,
  onResult: (result: ProbeResult) => void,
): DatabaseProbe | undefined {
  const { mode, intervalMs, downIntervalMs, timeoutMs, suspectAfterMs } = effective.probe;
  const url = config.probe?.url;
  if (mode === 'off' || url === false) return undefined;
  const target = probeTarget(url, known);
  if (!target) {
    log.debug('probe: nothing is known of the database but its client; looking in band');
    return undefined;
  }
  const monitor = loopMonitor(suspectAfterMs / 4);
  const sentinel = mode === 'sentinel' && !('tcp' in target);
  const opened = createProbe({ target, sentinel, intervalMs, downIntervalMs, timeoutMs, monitor }, onResult);
  const { probe } = opened;
  if (!probe) {
    log.warn(`probe: ${opened.reason}; looking in band`);
    return undefined;
  }
  return {
    start: (epoch) => probe.start(epoch),
    stop: () => probe.stop(),
    beat: () => monitor?.beat(),
    close: () => probe.close(),
  };
}

function loopMonitor(periodMs: number): NativeLoopMonitor | undefined {
  const { addon } = probeAddon();
  return addon && new addon.NativeLoopMonitor(periodMs, kLoopToleranceMs);
}
