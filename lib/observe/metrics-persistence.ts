/** Hands counters to whoever keeps them, and forgets only what was kept. */

/** Numbers that only grow; what else a snapshot holds is handed on as it is. */
type Counters<Snapshot> = {
  [Key in keyof Snapshot]: Snapshot[Key] extends number ? Key : never;
}[keyof Snapshot];

interface PersistenceOptions<Snapshot> {
  /** Everything since the beginning. */
  readonly total: () => Snapshot;
  readonly counters: readonly Counters<Snapshot>[];
  readonly onError: (error: unknown) => void;
}

export class MetricsPersistence<Snapshot extends object> {
  private saved: Partial<Record<keyof Snapshot, number>> = {};
  private saving: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private save: ((snapshot: Snapshot) => unknown) | undefined;

  constructor(private readonly options: PersistenceOptions<Snapshot>) {}

  /** What was counted since the last time that a snapshot was kept. */
  current(): Snapshot {
    return this.since(this.options.total());
  }

  /** Saves every `intervalMs` until stop(). The timer keeps no process alive. */
  start(save: (snapshot: Snapshot) => unknown, intervalMs: number): void {
    this.cancel();
    this.save = save;
    this.timer = setInterval(() => void this.flush(), intervalMs).unref();
  }

  /** Saves once more what has come since, and ends. */
  async stop(): Promise<void> {
    this.cancel();
    await this.flush();
    this.save = undefined;
  }

  /** Resolves when what there is has been offered; a save that still runs is waited for, not doubled. */
  flush(): Promise<void> {
    this.saving ??= this.offer().finally(() => (this.saving = undefined));
    return this.saving;
  }

  private async offer(): Promise<void> {
    const total = this.options.total();
    try {
      await this.save?.(this.since(total));
    } catch (error) {
      this.options.onError(error); // not kept, so it comes again, with what has come since
      return;
    }
    if (this.save) for (const counter of this.options.counters) this.saved[counter] = total[counter] as number;
  }

  private since(total: Snapshot): Snapshot {
    const snapshot = { ...total };
    for (const counter of this.options.counters) {
      snapshot[counter] = ((total[counter] as number) - (this.saved[counter] ?? 0)) as Snapshot[typeof counter];
    }
    return snapshot;
  }

  private cancel(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
