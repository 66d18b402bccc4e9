/** V8's garbage collector, without the flag that usually exposes it. */
import { builtins } from '../builtins';

type Gc = (options?: { type: 'minor' }) => void;

let found: Gc | undefined;
let looked = false;

interface Collector {
  /** Everything, at once. What it frees of native memory, buffers above all, is freed in the background afterwards. */
  collect(): void;
  /** The small collection, which waits for the end of that. */
  finish(): void;
}

/**
 * undefined where this runtime lets nobody collect. Takes `global.gc` where the process was started with --expose-gc,
 * else the one that a new context is given while the flag is set.
 */
export function exposeCollector(): Collector | undefined {
  const gc = typeof globalThis.gc === 'function' ? (globalThis.gc as Gc) : hiddenGc();
  return gc && { collect: () => gc(), finish: () => gc({ type: 'minor' }) };
}

function hiddenGc(): Gc | undefined {
  if (looked) return found;
  looked = true;
  const { v8, vm } = builtins();
  try {
    v8.setFlagsFromString('--expose-gc');
    const gc: unknown = vm.runInNewContext('gc');
    // Other contexts, those of test runners for instance, are to look as they did before.
    v8.setFlagsFromString('--no-expose-gc');
    if (typeof gc === 'function') found = gc as Gc;
  } catch {
    found = undefined;
  }
  return found;
}
