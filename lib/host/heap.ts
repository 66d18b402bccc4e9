/**
 * How full V8's heap is, against the limit at which the process would end.
 *
 * `heap_size_limit` alone misleads: it includes a reserve for young objects (48 MiB up to Node 22, 192 MiB in Node 24)
 * that objects which live on never get, so that with `--max-old-space-size=64` a process ends at 57 % of it.
 */
import { builtins } from '../builtins';

const kMiB = 1024 * 1024;
const kYoungSpaces = new Set(['new_space', 'new_large_object_space']);

/** Bytes. */
interface HeapUse {
  /** By objects that have outlived the young generation. */
  readonly used: number;
  /** What they may use. */
  readonly limit: number;
}

/** `--max-old-space-size` as this process or worker was given it, in bytes; undefined: V8 has chosen by itself. */
export function statedLimit(
  limits: { maxOldGenerationSizeMb?: number } = builtins().workerThreads.resourceLimits,
  execArgv: readonly string[] = process.execArgv,
  nodeOptions = process.env.NODE_OPTIONS ?? '',
): number | undefined {
  if (limits.maxOldGenerationSizeMb !== undefined) return limits.maxOldGenerationSizeMb * kMiB;
  // The command line stands behind NODE_OPTIONS, and the last one wins.
  const stated = [nodeOptions, ...execArgv].join(' ').matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g);
  const last = [...stated].pop();
  return last && Number(last[1]) > 0 ? Number(last[1]) * kMiB : undefined;
}

let stated: { readonly limit: number | undefined } | undefined;

export function heapUse(): HeapUse {
  stated ??= { limit: statedLimit() };
  const { v8 } = builtins();
  let used = 0;
  for (const space of v8.getHeapSpaceStatistics()) {
    if (!kYoungSpaces.has(space.space_name)) used += space.space_used_size;
  }
  const { heap_size_limit: whole } = v8.getHeapStatistics();
  return { used, limit: stated.limit === undefined ? whole : Math.min(whole, stated.limit) };
}
