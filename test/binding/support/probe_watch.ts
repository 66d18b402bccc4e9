/** A probe whose results a test can wait for. */
import { inspect } from 'node:util';
import { type NativeProbe, type ProbeResult, ProbeTrigger, ProbeVerdict, ServerRole } from '../../../lib/native';
import { type ProbeOptions, createProbe, probeAddon } from '../../../lib/native-probe';

export { ProbeTrigger, ProbeVerdict, ServerRole };

const loading = probeAddon();
if (!loading.addon) throw new Error(loading.reason);
export const addon = loading.addon;

/** Whoever waits longer than this waits in vain. */
const kInVain = 20_000;

export const kTiming = { intervalMs: 200, downIntervalMs: 20, timeoutMs: 1000 };

export class ProbeWatch {
  readonly probe: NativeProbe;
  readonly results: ProbeResult[] = [];
  private seen = 0;
  private changed: () => void = () => undefined;

  constructor(options: Partial<ProbeOptions> & Pick<ProbeOptions, 'target'>) {
    const opened = createProbe({ ...kTiming, ...options }, (result) => {
      this.results.push(result);
      this.changed();
    });
    if (!opened.probe) throw new Error(opened.reason);
    this.probe = opened.probe;
  }

  /** The first result not yet waited for that fulfils `wanted`. Rejects, with all that came, if none does. */
  async next(wanted: (result: ProbeResult) => boolean = () => true): Promise<ProbeResult> {
    // An unreferenced probe would let the process end here; a test's timer does not.
    const deadline = Date.now() + kInVain;
    for (;;) {
      while (this.seen < this.results.length) {
        const result = this.results[this.seen++];
        if (result && wanted(result)) return result;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`the result waited for did not come, only ${inspect(this.results)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** One look, and its result. */
  look(epoch = 1): Promise<ProbeResult> {
    this.probe.now(epoch);
    return this.next();
  }

  close(): void {
    this.probe.close();
  }
}

/** One look at a URL. */
export async function lookAt(url: string): Promise<ProbeResult> {
  const watch = new ProbeWatch({ target: { url } });
  try {
    return await watch.look();
  } finally {
    watch.close();
  }
}

export const isUp = (result: ProbeResult): boolean => result.verdict === ProbeVerdict.up;
export const isDown = (result: ProbeResult): boolean => result.verdict === ProbeVerdict.down;
