/** Sessions on the database through the project's own node-postgres, since that is what the application will use. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { findPg } from './packages';

export interface Session {
  /** As the other side told at login; a pooler tells one of its own. */
  readonly announcedPid: number | undefined;
  readonly encrypted: boolean;
  /** Rows as arrays of text; null is null. */
  rows(sql: string): Promise<(string | null)[][]>;
  end(): void;
}

interface PgClient {
  readonly processID?: number | null;
  readonly connection?: { readonly stream?: { readonly encrypted?: boolean; destroy(): void } };
  on(event: 'error', listener: () => void): void;
  connect(): Promise<void>;
  query(query: object): Promise<{ rows: (string | null)[][] }>;
  end(): Promise<void>;
}

interface PgModule {
  readonly Client: new (options: object) => PgClient;
}

/** undefined where the project has none. */
export function loadPg(project: string): PgModule | undefined {
  const found = findPg(project);
  return found && (createRequire(join(found.folder, 'package.json'))(found.folder) as PgModule);
}

/** Rejects with the driver's error. */
export async function openSession(pg: PgModule, connectionString: string, timeoutMs: number): Promise<Session> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'prisma-resilient doctor',
    types: { getTypeParser: () => (value: unknown) => value },
  });
  // Told by the query that fails of it.
  client.on('error', () => undefined);
  await client.connect();
  return {
    announcedPid: client.processID ?? undefined,
    encrypted: client.connection?.stream?.encrypted === true,
    rows: async (text) => (await client.query({ text, rowMode: 'array' })).rows,
    end: () => {
      client.end().catch(() => undefined);
    },
  };
}
