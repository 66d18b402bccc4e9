/**
 * The kit's own connections to a server: one for statements, which opens when it is first needed and again after it
 * was lost, and those that fill the server's slots. None keeps the process alive while it is idle.
 */
import { Client, type ClientConfig, type QueryResult } from 'pg';

/** application_name of the kit's connections, or the beginning of it. */
export const kKitName = 'fault-kit';
export const kSlotName = `${kKitName}-slot`;

/** What pg has and its types lack. */
interface Socketed {
  ref(): void;
  unref(): void;
  readonly connection: { readonly stream: { destroy(): void } };
}

function socketed(client: Client): Socketed {
  return client as unknown as Socketed;
}

export class ControlConnection {
  private client: Promise<Client> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly config: ClientConfig) {}

  /** Rows of the last statement, one call after the other. Never tried again: what is sent is sent once. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    const rows = this.last.then(() => this.run<Row>(sql, values));
    this.last = rows.catch(() => undefined);
    return rows;
  }

  /** Drops the connection without waiting for the server, which may be frozen. */
  close(): void {
    const client = this.client;
    this.client = undefined;
    client?.then(
      (open) => socketed(open).connection.stream.destroy(),
      () => undefined,
    );
  }

  private async run<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    const client = await (this.client ??= this.open());
    socketed(client).ref();
    try {
      const result = (await client.query(sql, values ? [...values] : undefined)) as unknown as
        QueryResult | QueryResult[];
      const last = Array.isArray(result) ? result[result.length - 1] : result;
      return (last?.rows ?? []) as Row[];
    } finally {
      socketed(client).unref();
    }
  }

  private open(): Promise<Client> {
    const client = new Client({ ...this.config, application_name: kKitName });
    const opening = client.connect().then(() => {
      socketed(client).unref();
      return client;
    });
    const forget = (): void => {
      if (this.client === opening) this.client = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    opening.catch(forget);
    return opening;
  }
}

/** Connections held only so that nobody else can have them. */
export class SlotHolder {
  private slots: Client[] = [];

  constructor(private readonly config: ClientConfig) {}

  /** Takes connections until the server says 53300. Returns how many are held. */
  async fill(): Promise<number> {
    for (let full = false; !full;) {
      const batch = Array.from({ length: 8 }, () => this.take());
      full = (await Promise.all(batch)).includes(false);
    }
    return this.slots.length;
  }

  /** Resolves when the goodbyes are sent; the server takes a moment longer. */
  async release(): Promise<void> {
    await Promise.all(this.slots.splice(0).map((slot) => slot.end().catch(() => undefined)));
  }

  /** Does not wait for the server. */
  drop(): void {
    for (const slot of this.slots.splice(0)) socketed(slot).connection.stream.destroy();
  }

  private async take(): Promise<boolean> {
    const slot = new Client({ ...this.config, application_name: kSlotName });
    // The server may throw it out while it is held.
    slot.on('error', () => undefined);
    try {
      await slot.connect();
    } catch (error) {
      if ((error as { code?: string }).code === '53300') return false;
      throw error;
    }
    socketed(slot).unref();
    this.slots.push(slot);
    return true;
  }
}
