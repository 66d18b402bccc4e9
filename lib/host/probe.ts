/** The probe outside the client, for the host: where its parameters come from, and its answers as the core reads them. */
import type { NativeProbeResult } from '../native';
import type { EffectiveConfig, ResilientConfig } from '../options';
import type { Log } from './log';

export interface DatabaseProbe {
  onResult(listener: (result: NativeProbeResult) => void): void;
  /** Looks for the database until stop(). */
  start(): void;
  stop(): void;
  close(): void;
}

/** undefined: the core looks in band. */
export function openProbe(
  _config: ResilientConfig,
  _effective: EffectiveConfig,
  _log: Log,
  _driverParameters: () => unknown,
): DatabaseProbe | undefined {
  return undefined;
}
