/** V8's garbage collector, without the flag that usually exposes it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Gc = (options?: { type: 'minor' }) => void;

let found: Gc | undefined;
let looked = false;

/**
 * Collects everything. undefined where this runtime lets nobody do it. Takes `global.gc` where the process was started
 * with --expose-gc, else the one that a new context is given while the flag is set.
 */
export function exposeCollector(): (() => void) | undefined {
  const gc = typeof globalThis.gc === 'function' ? (globalThis.gc as Gc) : hiddenGc();
  return gc && (() => collect(gc));
}

/** The small one waits for what the great one leaves to be freed in the background: the memory of buffers. */
function collect(gc: Gc): void {
  gc();
  gc({ type: 'minor' });
}

function hiddenGc(): Gc | undefined {
  if (looked) return found;
  looked = true;
  try {
    setFlagsFromString('--expose-gc');
    const gc: unknown = runInNewContext('gc');
    // Other contexts, those of test runners for instance, are to look as they did before.
    setFlagsFromString('--no-expose-gc');
    if (typeof gc === 'function') found = gc as Gc;
  } catch {
    found = undefined;
  }
  return found;
}
