/** V8's garbage collector, without the flag that usually exposes it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let found: (() => void) | undefined;
let looked = false;

/**
 * The collector: `global.gc` where the process was started with --expose-gc, else the one that a new context is given
 * while the flag is set. undefined where this runtime lets nobody have it.
 */
export function exposeCollector(): (() => void) | undefined {
  if (typeof globalThis.gc === 'function') return globalThis.gc as () => void;
  if (looked) return found;
  looked = true;
  try {
    setFlagsFromString('--expose-gc');
    const gc: unknown = runInNewContext('gc');
    // Other contexts, those of test runners for instance, are to look as they did before.
    setFlagsFromString('--no-expose-gc');
    if (typeof gc === 'function') found = () => void (gc as () => void)();
  } catch {
    found = undefined;
  }
  return found;
}
