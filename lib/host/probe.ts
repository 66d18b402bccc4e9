/** The probe outside the client, for the host. */
import {
  type NativeActivity,
  type NativeLoopMonitor,
  type Probe,
  type ProbeResult,
  createProbe,
  probeAddon,
} from '../native-probe';
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
  /**
   * What the database's connections do at the server, those of `pids` one by one, as anybody of this process was told
   * within the last `maxAgeMs`. undefined: nobody can say; the probe was closed, or it is no PostgreSQL's.
   */
  activity(pids: readonly number[], maxAgeMs: number): Promise<NativeActivity | undefined>;
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
  const questions = new Questions();
  const opened = createProbe(
    { target, sentinel, intervalMs, downIntervalMs, timeoutMs, monitor },
    onResult,
    (activity) => questions.answered(activity),
  );
  const { probe, reason } = opened;
  if (!probe) {
    log.warn(`probe: ${reason}; looking in band`);
    return undefined;
  }
  if (reason !== undefined && !('tcp' in target)) {
    log.info(
      `probe: ${reason}; hearing the server's greeting instead, which tells neither roles nor silent connections`,
    );
  }
  return {
    start: (epoch) => probe.start(epoch),
    stop: () => probe.stop(),
    beat: () => monitor?.beat(),
    activity: (pids, maxAgeMs) => ('tcp' in target ? Promise.resolve(undefined) : questions.ask(probe, pids, maxAgeMs)),
    close: () => {
      probe.close();
      questions.close();
    },
  };
}

/** Those that are not answered yet. */
class Questions {
  private readonly waiting = new Map<number, (activity: NativeActivity | undefined) => void>();
  private last = 0;
  private closed = false;

  ask(probe: Probe, pids: readonly number[], maxAgeMs: number): Promise<NativeActivity | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    const question = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(question, resolve);
      probe.activity(question, pids, maxAgeMs);
    });
  }

  answered(activity: NativeActivity): void {
    this.waiting.get(activity.question)?.(activity);
    this.waiting.delete(activity.question);
  }

  close(): void {
    this.closed = true;
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
  }
}

function loopMonitor(periodMs: number): NativeLoopMonitor | undefined {
  const { addon } = probeAddon();
  return addon && new addon.NativeLoopMonitor(periodMs, kLoopToleranceMs);
}
