/** Sessions on the database through the project's own node-postgres, since that is what the application will use. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { parseConnectionUrl } from '../../../connection-url';
import { isReadable } from '../../project/read-file';
import type { Deadline } from '../deadline';
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

/** All of one doctor: whatever the server does, nothing of them outlives it. */
export class Sessions {
  private readonly clients = new Set<PgClient>();

  constructor(
    private readonly pg: PgModule,
    private readonly deadline: Deadline,
  ) {}

  /** Rejects with the driver's error. */
  async open(connectionString: string): Promise<Session> {
    refuseUnreadableFiles(connectionString);
    const client = new this.pg.Client({
      connectionString,
      connectionTimeoutMillis: this.deadline.left,
      query_timeout: this.deadline.left,
      application_name: 'prisma-resilient doctor',
      types: { getTypeParser: () => (value: unknown) => value },
    });
    this.clients.add(client);
    // Told by the query that fails of it.
    client.on('error', () => undefined);
    await client.connect();
    return {
      announcedPid: client.processID ?? undefined,
      encrypted: client.connection?.stream?.encrypted === true,
      rows: async (text) => (await client.query({ text, rowMode: 'array' })).rows,
      end: () => this.end(client),
    };
  }

  close(): void {
    for (const client of this.clients) this.end(client);
  }

  /** A server that leaves its side open would keep this process: it is told, and then not waited for. */
  private end(client: PgClient): void {
    if (!this.clients.delete(client)) return;
    client.end().catch(() => undefined);
    setImmediate(() => client.connection?.stream?.destroy());
  }
}

const kFileParameters = ['sslcert', 'sslkey', 'sslrootcert'];

/** The driver would read them whatever they are, and wait for a pipe that nobody writes to. */
function refuseUnreadableFiles(connectionString: string): void {
  for (const [name, path] of parseConnectionUrl(connectionString)?.parameters ?? []) {
    if (kFileParameters.includes(name) && path !== '' && !isReadable(path)) {
      throw new Error(`${name} names no file that can be read`);
    }
  }
}
