/**
 * The core's addon. What crosses between it and TypeScript is described once, in C++ (binding/records), and typed in
 * native-types.generated.ts.
 */
import { type LoadedAddon, loadCore } from './addon/loader';
import type { ConnectionState, CoreAddon, ProbeAddon, ReplaceReason, slots } from './native-types.generated';

export * from './native-types.generated';

/** Shared with the core: what stands in a slot is a number, always. The latencies' buckets come after the last slot. */
export type ControlBlock = Float64Array & { [place in (typeof slots)[keyof typeof slots]]: number };

export type ConnectionStateName = ConnectionState;
export type ReplaceReasonName = ReplaceReason;

/** A probe's exports; what is linked in is told by the one that logs in alone. */
export type AnyProbeAddon = Omit<ProbeAddon, 'libraries'> & Partial<Pick<ProbeAddon, 'libraries'>>;

/** Which addon is in use, and where it came from. */
export const addon: LoadedAddon = loadCore();

export const native = addon.exports as CoreAddon & {
  /** Hears greetings and logs in nowhere; not in the WebAssembly build. */
  readonly probe?: AnyProbeAddon;
};
