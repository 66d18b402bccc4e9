/**
 * Logins of the driver mariadb (up to 3.4.5 at least). Where a connection breaks between its login and its first
 * statement, the driver tells its pool, and rejects a promise that nobody has as well: that ends the process.
 */
import { sep } from 'node:path';

/** What `authSucceedHandler` of the driver uses: the promises of a login begin with that of this statement. */
interface Connection {
  authSucceedHandler?(...args: unknown[]): unknown;
  executeSessionVariableQuery?(): Promise<unknown>;
}
interface Pool {
  on(event: 'connection', listener: (connection: Connection) => void): unknown;
}

const kConnection = ['', 'mariadb', 'lib', 'connection.js'].join(sep);
const kIgnore = (): void => undefined;
const endured = new WeakSet<object>();

/** None of the promises that are derived from it is one that nobody has. */
class Endured<T> extends Promise<T> {
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = super.then(onFulfilled, onRejected);
    void Promise.prototype.then.call(next, undefined, kIgnore);
    return next;
  }
}

/** In every copy of the driver that this process has loaded. (Where it was bundled, `endureLoginsOf` finds it.) */
export function endureLogins(): void {
  for (const file of Object.keys(require.cache)) {
    if (!file.endsWith(kConnection)) continue;
    const { prototype } = (require.cache[file]?.exports ?? {}) as { prototype?: Connection };
    if (prototype) endure(prototype);
  }
}

/** In the copy of the driver that opens the connections of `driver`. */
export function endureLoginsOf(driver: unknown): void {
  if (typeof (driver as Partial<Pool> | undefined)?.on !== 'function') return;
  (driver as Pool).on('connection', (connection) => endure(Object.getPrototypeOf(connection) as Connection));
}

function endure(prototype: Connection): void {
  const { authSucceedHandler: succeed, executeSessionVariableQuery: begin } = prototype;
  if (endured.has(prototype) || typeof succeed !== 'function' || typeof begin !== 'function') return;
  endured.add(prototype);
  prototype.authSucceedHandler = function (this: Connection, ...args) {
    this.executeSessionVariableQuery = () => {
      delete this.executeSessionVariableQuery;
      return Endured.resolve(begin.call(this));
    };
    return succeed.apply(this, args);
  };
}
