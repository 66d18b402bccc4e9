/**
 * How many pages watch at once. Asking whether there is a place and taking it are one step, with nothing awaited in
 * between, and a place is given back by whatever ends first: the stream, or the connection that it goes over.
 */

/** A socket, or what HTTP/2 and Web requests have in its place. */
export interface Connection {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

export class Places {
  private readonly leavers = new Set<() => void>();
  /** Responses on one connection are sent one after the other: a second stream would never begin. */
  private readonly busy = new WeakSet<Connection>();

  constructor(private readonly limit: number) {}

  /** Answers how to give the place back; undefined where there is none. `leave` ends the stream. */
  take(connection: Connection, leave: () => void): (() => void) | undefined {
    if (this.leavers.size >= this.limit || this.busy.has(connection)) return undefined;
    const giveBack = (): void => {
      this.leavers.delete(leave);
      this.busy.delete(connection);
      connection.off('close', leave);
    };
    this.leavers.add(leave);
    this.busy.add(connection);
    connection.once('close', leave);
    return giveBack;
  }

  /** Ends all streams. */
  clear(): void {
    for (const leave of [...this.leavers]) leave();
  }
}
