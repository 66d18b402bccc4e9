/** This package's addons. Loaded when asked for: that one cannot be is a finding, and no reason for the doctor to fail. */
import { inUse } from '../../../addon/in-use';
import type * as Native from '../../../native';
import type * as NativeProbe from '../../../native-probe';
import type { ProjectFacts } from '../facts';

export function addons(): ProjectFacts['addon'] {
  let core: typeof Native;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    core = require('../../../native') as typeof Native;
  } catch (error) {
    return { core: firstLine(error), probe: 'it was not tried' };
  }
  const { addon, reason } = nativeProbe().probeAddon();
  return { core: undefined, probe: reason, inUse: inUse(core.addon), libraries: addon?.libraries?.() };
}

/** Only where `addons()` has found nothing wrong. */
export function nativeProbe(): typeof NativeProbe {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../../../native-probe') as typeof NativeProbe;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
