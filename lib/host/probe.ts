/** The probe outside the client, for the host. */
import type { EffectiveConfig, NativeLoopMonitor, NativeProbe, ProbeResult, ServerActivity } from '../native';
import { type ProbeTarget, createProbe, probeAddon } from '../native-probe';
import type { ResilientConfig } from '../options';
import { driverSettings } from './driver-settings';
import { FetchedPassword } from './fetched-password';
import type { Log } from './log';
import { type KnownDatabase, passwordFunction, probeTarget } from './probe-target';

/** How late a timer of a busy but healthy event loop may be, in ms. */
const kLoopToleranceMs = 250;

/** The server is there, and does not let this probe in: by SQLSTATE, and where it asks for what the probe does not tell. */
const kRefused: ReadonlySet<string> = new Set(['28P01', '28000', 'EAUTH']);

export interface DatabaseProbe {
  /** Looks for the database until stop(). */
  start(epoch: number): void;
  stop(): void;
  /** The event loop has turned. */
  beat(): void;
  /** No beats are to be expected until the next one. */
  rest(): void;
  /**
   * What the database's connections do at the server, those of `pids` one by one, as anybody of this process was told
   * within the last `maxAgeMs`. undefined: nobody can say; the probe was closed, or it is no PostgreSQL's.
   */
  activity(pids: readonly number[], maxAgeMs: number): Promise<ServerActivity | undefined>;
  close(): void;
}

/**
 * undefined: there is none, one line says why, and the core looks in band. `known`: what is known of the client's
 * database now; a factory may tell later, or another time.
 */
export function openProbe(
  config: ResilientConfig,
  effective: EffectiveConfig,
  log: Log,
  known: () => KnownDatabase,
  onResult: (result: ProbeResult) => void,
): DatabaseProbe | undefined {
  const { mode, suspectAfterMs } = effective.probe;
  const url = config.probe?.url;
  if (mode === 'off' || url === false) return undefined;
  const target = probeTarget(url, known());
  if (!target) {
    log.debug('probe: nothing is known of the database but its client; looking in band');
    return undefined;
  }
  const probe = new DriversProbe(effective, log, loopMonitor(suspectAfterMs / 4), url, known, onResult);
  return probe.open(target) ? probe : undefined;
}

/** Looks as the client's driver connects; where that has changed, so does the probe. */
class DriversProbe implements DatabaseProbe {
  private readonly questions = new Questions();
  private probe: NativeProbe | undefined;
  private target: ProbeTarget | undefined;
  private adapter: unknown;
  private password: FetchedPassword | undefined;
  private epoch = 0;
  private searching = false;
  private refusalTold = false;
  private closed = false;

  constructor(
    private readonly effective: EffectiveConfig,
    private readonly log: Log,
    private readonly monitor: NativeLoopMonitor | undefined,
    private readonly url: string | undefined,
    private readonly known: () => KnownDatabase,
    private readonly onResult: (result: ProbeResult) => void,
  ) {}

  /** In the place of the one there is. false: none can be made, which was said. */
  open(target: ProbeTarget): boolean {
    const { mode, intervalMs, downIntervalMs, timeoutMs } = this.effective.probe;
    const known = this.known();
    const { probe, reason } = createProbe(
      {
        target,
        driver: driverSettings(known, this.url !== undefined),
        sentinel: mode === 'sentinel' && !('tcp' in target),
        intervalMs,
        downIntervalMs,
        timeoutMs,
        monitor: this.monitor,
      },
      (result) => this.probed(result),
      (question, activity) => this.questions.answered(question, activity),
    );
    if (!probe) {
      this.log.warn(`probe: ${reason}; looking in band`);
      return false;
    }
    if (reason !== undefined && !('tcp' in target)) {
      this.log.info(
        `probe: ${reason}; hearing the server's greeting instead, which tells neither roles nor silent connections`,
      );
    }
    this.probe?.close();
    this.questions.dismiss();
    this.probe = probe;
    this.target = target;
    this.adapter = known.adapter;
    const fetch = passwordFunction(known);
    this.password = fetch && new FetchedPassword(fetch, this.log);
    return true;
  }

  start(epoch: number): void {
    this.epoch = epoch;
    this.searching = true;
    this.probe?.start(epoch);
    void this.tellPassword();
  }

  stop(): void {
    this.searching = false;
    this.probe?.stop();
  }

  beat(): void {
    this.monitor?.beat();
    this.follow();
  }

  rest(): void {
    this.monitor?.rest();
  }

  async activity(pids: readonly number[], maxAgeMs: number): Promise<ServerActivity | undefined> {
    this.follow();
    if (!this.target || 'tcp' in this.target) return undefined;
    await this.tellPassword();
    return this.probe && !this.closed ? this.questions.ask(this.probe, pids, maxAgeMs) : undefined;
  }

  close(): void {
    this.closed = true;
    this.probe?.close();
    this.questions.dismiss();
  }

  private follow(): void {
    const known = this.known();
    if (this.closed || known.adapter === this.adapter) return;
    const target = probeTarget(this.url, known);
    if (!target || !this.open(target)) {
      this.adapter = known.adapter;
      return;
    }
    if (this.searching) this.start(this.epoch);
    else this.probe?.now(this.epoch);
  }

  private async tellPassword(): Promise<void> {
    const { password, probe } = this;
    const text = await password?.current(this.effective.probe.timeoutMs);
    if (text !== undefined && probe === this.probe && !this.closed) probe?.password(text);
  }

  private probed(result: ProbeResult): void {
    if (kRefused.has(result.code)) {
      this.password?.forget();
      if (!this.refusalTold && this.known().complete) {
        this.log.warn(
          `probe: not let in (${result.code}, ${result.message}): it sees that the server is there, but neither its role ` +
            'nor silent connections',
        );
      }
      this.refusalTold ||= this.known().complete === true;
    }
    this.onResult(result);
  }
}

/** Those that are not answered yet. */
class Questions {
  private readonly waiting = new Map<number, (activity: ServerActivity | undefined) => void>();
  private last = 0;

  ask(probe: NativeProbe, pids: readonly number[], maxAgeMs: number): Promise<ServerActivity | undefined> {
    const question = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(question, resolve);
      probe.activity(question, pids, maxAgeMs);
    });
  }

  answered(question: number, activity: ServerActivity): void {
    this.waiting.get(question)?.(activity);
    this.waiting.delete(question);
  }

  /** Nobody will answer them. */
  dismiss(): void {
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
  }
}

function loopMonitor(periodMs: number): NativeLoopMonitor | undefined {
  const { addon } = probeAddon();
  return addon && new addon.NativeLoopMonitor(periodMs, kLoopToleranceMs);
}
