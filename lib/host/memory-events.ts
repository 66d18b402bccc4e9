/** The memory watch of a client: what it sees is told as events and in the log. */
import type { SafeEmitter } from '../events';
import type { NativeConfig } from '../native';
import type { Host } from './host';
import type { Log } from './log';
import { MemoryWatch } from './memory';

/** Has begun. `intervalMs`: `memory.intervalMs` in effect. */
export function watchMemory(
  config: NativeConfig,
  intervalMs: number,
  emitter: SafeEmitter,
  log: Log,
  host: Host,
): MemoryWatch {
  const watch = new MemoryWatch({
    config,
    intervalMs,
    asleep: () => host.core.asleep,
    onGrowth: () => void host.replaceFor('memory'),
    onHigh: (percent, detail) => {
      log.warn(`memory:high measure=${detail.measure} percent=${percent}`);
      emitter.emit('memory:high', percent, detail);
    },
    onCollected: (detail) => {
      log.info(`gc:executed heapBefore=${detail.heapBefore} heapAfter=${detail.heapAfter}`);
      emitter.emit('gc:executed', detail);
    },
    onNoCollector: () => log.warn('memory: this runtime does not let the garbage collector be run'),
  });
  watch.start();
  return watch;
}
