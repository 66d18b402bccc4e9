import { EventEmitter } from 'node:events';
import { beginLate } from '../../../lib/adapter/late-begin';
import type { PoolClient } from '../../../lib/adapter/pool-client';

const kInsert = { text: 'INSERT', values: [1] };

/** Writes the names of messages where pg writes messages; whoever holds a FakeClient answers them. */
class FakeWire extends EventEmitter {
  readonly sent: string[] = [];
  readonly stream = Object.assign(new EventEmitter(), { destroyed: false, destroy: () => this.destroy() });

  query(text: string): void {
    this.sent.push(`query ${text}`);
  }
  parse({ text }: { text: string }): void {
    this.sent.push(`parse ${text}`);
  }
  bind(): void {
    this.sent.push('bind');
  }
  execute(): void {
    this.sent.push('execute');
  }
  private destroy(): void {
    this.stream.destroyed = true;
  }
}

class FakeClient {
  readonly connection = new FakeWire();
  readyForQuery = true;
  released = 0;
  answer: (text: string) => Promise<unknown> = (text) => Promise.resolve(text);

  query({ name, text, values }: { name?: string; text: string; values?: unknown[] }): Promise<unknown> {
    const wire = this.connection;
    if (values === undefined) wire.query(text);
    else {
      if (name === undefined) wire.parse({ text });
      wire.bind();
      wire.execute();
    }
    return this.answer(text);
  }

  release(): void {
    this.released += 1;
  }
}

function expecting(client = new FakeClient()): { client: FakeClient; sent: string[] } {
  beginLate(client as unknown as PoolClient);
  return { client, sent: client.connection.sent };
}

const kTogether = ['parse BEGIN', 'bind', 'execute', 'parse INSERT', 'bind', 'execute'];

test('BEGIN goes out with the first statement, each time that it is expected', async () => {
  const { client, sent } = expecting();
  client.answer = (text) => {
    client.connection.emit('commandComplete');
    return Promise.resolve(text === 'INSERT' ? [{ command: 'BEGIN' }, { command: 'INSERT' }] : text);
  };
  expect(await client.query({ text: 'BEGIN' })).toMatchObject({ command: 'BEGIN', rowCount: null });
  expect(sent).toEqual([]);
  expect(await client.query(kInsert)).toEqual({ command: 'INSERT' });
  expect(sent.splice(0)).toEqual(kTogether);
  await client.query({ text: 'COMMIT' });
  await client.query({ text: 'BEGIN' });
  expect(sent.splice(0)).toEqual(['query COMMIT', 'query BEGIN']);

  expecting(client);
  await client.query({ text: 'BEGIN' });
  await client.query({ text: 'SELECT 1' });
  expect(sent).toEqual(['query BEGIN; SELECT 1']);
});

test('what is called by its name is sent once BEGIN is answered', async () => {
  const { client, sent } = expecting();
  await client.query({ text: 'BEGIN' });
  const named = client.query({ ...kInsert, name: 'known' });
  expect(sent).toEqual(['query BEGIN']);
  await named;
  expect(sent).toEqual(['query BEGIN', 'bind', 'execute']);
});

test('where that is refused, what waits for it finds no connection', async () => {
  const { client } = expecting();
  await client.query({ text: 'BEGIN' });
  client.answer = (text) => Promise.reject(new Error(`no ${text}`));
  const named = client.query({ ...kInsert, name: 'known' });
  const next = client.query({ text: 'UPDATE' });
  await expect(named).rejects.toThrow('no BEGIN');
  await expect(next).rejects.toThrow('no UPDATE');
  expect(client.connection.stream.destroyed).toBe(true);
});

test('BEGIN stays behind what waits in the queue of the driver', async () => {
  const { client, sent } = expecting();
  client.readyForQuery = false;
  await client.query({ text: 'BEGIN' });
  await client.query(kInsert);
  expect(sent).toEqual(['query BEGIN', 'parse INSERT', 'bind', 'execute']);
});

test.each(['COMMIT', 'ROLLBACK'])('%s of a transaction in which nothing was sent sends nothing', async (end) => {
  const { client, sent } = expecting();
  await client.query({ text: 'BEGIN' });
  expect(await client.query({ text: end })).toMatchObject({ command: end });
  expect(sent).toEqual([]);
  await client.query(kInsert);
  expect(sent).toEqual(['parse INSERT', 'bind', 'execute']);
});

test('a connection that comes back to its pool has forgotten it', async () => {
  const { client, sent } = expecting();
  await client.query({ text: 'BEGIN' });
  client.release();
  expect(client.released).toBe(1);
  await client.query(kInsert);
  expect(sent).toEqual(['parse INSERT', 'bind', 'execute']);
});

test('where another statement comes in place of BEGIN, nothing is different', async () => {
  const { client, sent } = expecting();
  await client.query({ text: 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE' });
  await client.query({ text: 'BEGIN' });
  expect(sent).toEqual(['query SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'query BEGIN']);
});

test('what comes meanwhile waits for the first statement, and finds no connection where BEGIN was refused', async () => {
  const { client, sent } = expecting();
  let refuse: (error: Error) => void = () => undefined;
  client.answer = () => new Promise((_resolve, reject) => (refuse = reject));
  await client.query({ text: 'BEGIN' });
  const first = client.query(kInsert);
  const second = client.query({ text: 'UPDATE' });
  expect(sent).toEqual(kTogether);
  client.answer = () => Promise.reject(new Error('not on this connection'));
  refuse(new Error('BEGIN was refused'));
  await expect(first).rejects.toThrow('BEGIN was refused');
  await expect(second).rejects.toThrow('not on this connection');
  expect(client.connection.stream.destroyed).toBe(true);
  expect(client.connection.listenerCount('commandComplete')).toBe(0);
});

test('a statement that is refused inside leaves the connection as it is', async () => {
  const { client } = expecting();
  client.answer = () => {
    client.connection.emit('commandComplete');
    return Promise.reject(new Error('duplicate key'));
  };
  await client.query({ text: 'BEGIN' });
  await expect(client.query(kInsert)).rejects.toThrow('duplicate key');
  expect(client.connection.stream.destroyed).toBe(false);
});

test('what is put into the driver later, for tracing, sees every statement', async () => {
  const { client } = expecting();
  const { query } = FakeClient.prototype;
  const seen: string[] = [];
  const traced = jest.spyOn(FakeClient.prototype, 'query').mockImplementation(function (this: FakeClient, config) {
    seen.push(config.text);
    return query.call(this, config);
  });
  try {
    await client.query({ text: 'BEGIN' });
    await client.query(kInsert);
    await client.query({ text: 'COMMIT' });
  } finally {
    traced.mockRestore();
  }
  expect(seen).toEqual(['INSERT', 'COMMIT']);
});

test('a driver that lets nobody between it and the wire is left alone', () => {
  for (const name of ['parse', 'bind', 'query'] as const) {
    const client = new FakeClient();
    const own = (): void => undefined;
    Object.defineProperty(client.connection, name, { value: own });
    expecting(client);
    expect(client.connection[name]).toBe(own);
    expect(Object.hasOwn(client, 'query')).toBe(false);
  }
  const native = Object.assign(new FakeClient(), { connection: undefined });
  beginLate(native as unknown as PoolClient);
  expect(Object.hasOwn(native, 'query')).toBe(false);
});
