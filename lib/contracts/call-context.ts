/**
 * What a wrapped call can know of itself, and what others can know of the call they are made in: the end of its time
 * reaches operations that still wait, so that none of them runs after its caller was told that it timed out.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Handed to the function of a wrapped call. */
export interface CallContext {
  /** Aborted when this attempt's time is up, or when the caller's own signal is. Its reason is the error of the call. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** One attempt of a call. The AbortController is made only for who asks: most functions take no signal. */
export class CallAttempt implements CallContext {
  private controller: AbortController | undefined;
  private ended: { reason: unknown } | undefined;
  private readonly listeners = new Set<(reason: unknown) => void>();

  constructor(readonly attempt: number) {}

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.ended) this.controller.abort(this.ended.reason);
    return this.controller.signal;
  }

  /** Why it was aborted. */
  get reason(): unknown {
    return this.ended?.reason;
  }

  get aborted(): boolean {
    return this.ended !== undefined;
  }

  /** `listener` is called once, now if the attempt was aborted before. Answers how to take it back. */
  onAbort(listener: (reason: unknown) => void): () => void {
    if (this.ended) listener(this.ended.reason);
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.ended) return;
    this.ended = { reason };
    this.controller?.abort(reason);
    for (const listener of this.listeners) listener(reason);
    this.listeners.clear();
  }
}

const storage = new AsyncLocalStorage<CallAttempt>();
/** Most processes never use the toolbox, and asking the storage is dear on the path of every operation. */
let everInside = false;

/** Runs `fn` as the body of `attempt`: whatever it starts can find it by currentCall(). */
export function runInside<T>(attempt: CallAttempt, fn: () => T): T {
  everInside = true;
  return storage.run(attempt, fn);
}

/** The attempt that the running code belongs to; undefined outside of read(), write() and report(). */
export function currentCall(): CallAttempt | undefined {
  return everInside ? storage.getStore() : undefined;
}
