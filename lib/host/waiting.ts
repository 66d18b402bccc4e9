/** Callers that wait for one and the same event. */
export class Waiting {
  private readonly waiters: { resolve(): void; reject(error: unknown): void }[] = [];

  /** Of the next `settle`. */
  promise(): Promise<void> {
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  /** Resolves for all that wait by now; with an `error`, rejects. */
  settle(error?: unknown): void {
    for (const { resolve, reject } of this.waiters.splice(0)) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}
