/**
 * The statements of one transaction, one after the other.
 *
 * A driver that does not wait for answers (mariadb) has sent the next statement before it hears that the last was refused.
 * Where that refusal has ended the transaction, the next one is committed by itself.
 */
export class StatementQueue {
  private last: Promise<void> | undefined;

  /** `send` is called once all that came before has settled: at once where nothing is under way. */
  run<T>(send: () => Promise<T>): Promise<T> {
    const { last } = this;
    const running = last === undefined ? send() : last.then(send);
    const settled = running.then(kIgnore, kIgnore).then(() => {
      if (this.last === settled) this.last = undefined;
    });
    this.last = settled;
    return running;
  }
}

const kIgnore = (): void => undefined;
