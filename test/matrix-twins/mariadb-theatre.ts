/** MariaDB for the twins. */
import { PrismaVersion } from '../e2e/errors/prisma-version';
import type { Theatre } from '../e2e/twin/harness';
import { readSchema } from '../e2e/twin/postgres-theatre';
import type { AnyClient } from '../e2e/twin/scenario';
import { MariaDb, kMariaDatabase, kMariaPassword, kMariaUser } from '../support/mariadb';

/** What the tests use of the mariadb driver. */
interface Connection {
  query(sql: string): Promise<unknown>;
  end(): Promise<void>;
}

interface AdapterFactory {
  connect(): Promise<{ dispose(): Promise<void> }>;
}

export interface MariaDbTheatre extends Theatre {
  close(): Promise<void>;
}

export async function openMariaDbTheatre(): Promise<MariaDbTheatre> {
  const version = new PrismaVersion(7);
  version.setUp('mysql');
  const module = version.clientModule('mysql-twins') as AnyClient;
  // The scenarios' own SQL has names in double quotes.
  const server = await MariaDb.start(['--sql-mode=ANSI_QUOTES,STRICT_TRANS_TABLES', '--max-connections=500']);
  const place = { host: server.host, port: server.port, database: kMariaDatabase };
  const { createConnection } = version.module('mariadb') as { createConnection(options: object): Promise<Connection> };
  const control = await createConnection({ ...place, user: 'root', multipleStatements: true });
  await control.query(readSchema('tables.mysql.sql'));
  const tables = (await control.query('SHOW TABLES')) as Record<string, string>[];
  const emptied = tables.map((row) => `TRUNCATE "${Object.values(row)[0]}";`).join(' ');
  const reset = `SET foreign_key_checks = 0; ${emptied} ${readSchema('rows.sql')}`;

  /**
   * A `tx` that is used after the end of its transaction, and of its client, makes Prisma connect that client again,
   * and nobody has a handle to end that; its pool would outlive the server.
   */
  const opened: { dispose(): Promise<void> }[] = [];
  const endPools = (): Promise<unknown> =>
    Promise.all(opened.splice(0).map((adapter) => adapter.dispose().catch(() => undefined)));
  const newAdapter = (): AdapterFactory => {
    const account = { ...place, user: kMariaUser, password: kMariaPassword, connectionLimit: 5, minimumIdle: 1 };
    const factory = version.make('@prisma/adapter-mariadb', 'PrismaMariaDb', account) as AdapterFactory;
    const connect = factory.connect.bind(factory);
    factory.connect = async () => {
      const adapter = await connect();
      opened.push(adapter);
      return adapter;
    };
    return factory;
  };

  return {
    module,
    provider: 'mysql',
    major: '7',
    makeClient(options, context) {
      const adapter = newAdapter();
      return new module.PrismaClient({ adapter: context ? context.guard(adapter) : adapter, ...options });
    },
    async resetRows() {
      await endPools();
      await control.query(reset);
    },
    async close() {
      await endPools();
      // A pool that was ended goes on connecting for a moment, and ends the process where that fails.
      const clients = `SELECT id FROM information_schema.processlist WHERE user IN ('${kMariaUser}', 'unauthenticated user')`;
      while (((await control.query(clients)) as unknown[]).length > 0)
        await new Promise((done) => setTimeout(done, 10));
      await control.end();
      await server.dispose();
    },
  };
}
