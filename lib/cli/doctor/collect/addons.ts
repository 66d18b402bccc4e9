/** This package's addons. Loaded when asked for: that one cannot be is a finding, and no reason for the doctor to fail. */
import type * as NativeProbe from '../../../native-probe';
import type { ProjectFacts } from '../facts';

export function addons(): ProjectFacts['addon'] {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require('../../../native');
  } catch (error) {
    return { core: firstLine(error), probe: 'it was not tried' };
  }
  return { core: undefined, probe: nativeProbe().probeAddon().reason };
}

/** Only where `addons()` has found nothing wrong. */
export function nativeProbe(): typeof NativeProbe {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../../../native-probe') as typeof NativeProbe;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
