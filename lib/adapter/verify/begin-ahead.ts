import type { Transaction } from '../driver-adapter';
import type { AdapterRequest } from '../adapter-request';
import type { AdapterLease } from '../adapter-lease';
import { Autocommit, type Connection, sqlOf } from './autocommit';

/** What the driver mariadb has: it sends statements without waiting for the answers to those before ("pipelining"). */
interface Driver {
  getConnection(): Promise<Connection>;
}

/** A transaction whose BEGIN is on its way, or was left out. */
interface BegunAhead {
  readonly transaction: Transaction;
  /** The answer to BEGIN. Looked at by somebody already. */
  readonly begin: Promise<unknown>;
  /** Of its connection, which was sent nothing yet: it is to be taken out of autocommit. */
  readonly autocommit: Autocommit | undefined;
}

export function sendsAhead(driver: unknown): driver is Driver {
  return typeof (driver as Partial<Driver> | undefined)?.getConnection === 'function';
}

/**
 * Begins a transaction without waiting for the answer to BEGIN, or, where `instead` is set and the connection is in autocommit,
 * without BEGIN. Works because the adapter asks its driver for a connection in the very call of `startTransaction`, and sends
 * BEGIN as a statement of its own on it. Where it sends something else, that is waited for as ever.
 */
export async function beginAhead(
  driver: Driver,
  lease: AdapterLease,
  request: AdapterRequest,
  instead: boolean,
): Promise<BegunAhead> {
  let begin: Promise<unknown> = Promise.resolve();
  let autocommit: Autocommit | undefined;
  const stop = onConnection(driver, (connection) => {
    const { query } = connection;
    connection.query = (...args) => {
      connection.query = query;
      if (sqlOf(args[0]) !== 'BEGIN') return connection.query(...args);
      if (instead && Autocommit.isIn(connection)) {
        autocommit = new Autocommit(connection);
      } else {
        begin = connection.query(...args);
        begin.catch(() => undefined);
      }
      return Promise.resolve({ affectedRows: 0 });
    };
  });
  let starting: Promise<Transaction>;
  try {
    starting = lease.begin(request);
  } finally {
    stop();
  }
  return { transaction: await starting, begin, autocommit };
}

/** `got` sees the next connection that is asked for. Answers how to take that back. */
function onConnection(driver: Driver, got: (connection: Connection) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(driver, 'getConnection');
  const ask = driver.getConnection.bind(driver);
  const stop = (): void => {
    if (own) Object.defineProperty(driver, 'getConnection', own);
    else delete (driver as Partial<Driver>).getConnection;
  };
  driver.getConnection = async () => {
    const asking = ask();
    const connection = await asking;
    got(connection);
    return connection;
  };
  return stop;
}
