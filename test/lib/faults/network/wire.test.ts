import { type Side, WireConversation, type WireMessage } from '../../../../lib/faults/network/wire';
import { Random } from '../../../support/random';

function typed(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

function untyped(code: number, body = ''): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(body)]);
}

const startup = untyped(196_608, 'user\0app\0\0');
const sslRequest = untyped(80_877_103);
const ready = (status: string): Buffer => typed('Z', status);

/** Says each line at once and tells what was understood, as 'client:Query' and the like. */
function talk(lines: readonly [Side, ...Buffer[]][]): { conversation: WireConversation; heard: WireMessage[] } {
  const conversation = new WireConversation();
  const heard = lines.flatMap(([from, ...parts]) => [...conversation.push(from, Buffer.concat(parts))]);
  return { conversation, heard };
}

const names = (messages: readonly WireMessage[]): string[] => messages.map(({ from, name }) => `${from}:${name}`);

test('tells the messages of a session apart', () => {
  const { heard, conversation } = talk([
    ['client', startup],
    ['server', typed('R', '\0\0\0\0'), typed('S', 'TimeZone\0UTC\0'), ready('I')],
    ['client', typed('Q', 'BEGIN\0')],
    ['server', typed('C', 'BEGIN\0'), ready('T')],
    ['client', typed('X', '')],
  ]);
  expect(names(heard)).toEqual([
    'client:Startup',
    'server:Authentication',
    'server:ParameterStatus',
    'server:ReadyForQuery',
    'client:Query',
    'server:CommandComplete',
    'server:ReadyForQuery',
    'client:Terminate',
  ]);
  expect(heard[5]?.tag).toBe('BEGIN');
  expect(conversation.transaction).toBe('T');
  expect(conversation.sql).toBe('BEGIN');
});

test('knows the SQL of named and unnamed prepared statements when they run', () => {
  const { heard } = talk([
    ['client', startup],
    ['client', typed('P', 'save\0INSERT INTO t VALUES ($1)\0\0\0'), typed('P', '\0COMMIT\0\0\0')],
    [
      'client',
      typed('B', 'p1\0save\0\0\0\0\0\0\0'),
      typed('E', 'p1\0\0\0\0\0'),
      typed('B', '\0\0\0\0\0\0\0\0'),
      typed('E', '\0\0\0\0\0'),
    ],
  ]);
  expect(heard.filter(({ name }) => name === 'Execute').map(({ sql }) => sql)).toEqual([
    'INSERT INTO t VALUES ($1)',
    'COMMIT',
  ]);
});

test('the transaction is as the server last said while each message is looked at', () => {
  const conversation = new WireConversation();
  for (const message of conversation.push('client', startup)) expect(message.name).toBe('Startup');
  const seen = [];
  const reply = Buffer.concat([ready('T'), typed('C', 'COMMIT\0'), ready('I')]);
  for (const { name } of conversation.push('server', reply)) seen.push([name, conversation.transaction]);
  expect(seen).toEqual([
    ['ReadyForQuery', 'T'],
    ['CommandComplete', 'T'],
    ['ReadyForQuery', 'I'],
  ]);
});

test.each([
  ['refused', 'N', 'client:Startup'],
  ['granted', 'S', 'client:Opaque'],
])('encryption %s', (_, answer, next) => {
  const { heard } = talk([
    ['client', sslRequest],
    ['server', Buffer.from(answer)],
    ['client', startup],
  ]);
  expect(names(heard)).toEqual(['client:SSLRequest', 'server:EncryptionAnswer', next]);
});

test('GSS refused, then TLS refused, then plain', () => {
  const { heard } = talk([
    ['client', untyped(80_877_104)],
    ['server', Buffer.from('N')],
    ['client', sslRequest],
    ['server', Buffer.from('N')],
    ['client', startup],
    ['server', ready('I')],
  ]);
  expect(names(heard).slice(-2)).toEqual(['client:Startup', 'server:ReadyForQuery']);
});

test('a cancel request is no session', () => {
  const { heard } = talk([['client', untyped(80_877_102, '12345678')]]);
  expect(names(heard)).toEqual(['client:CancelRequest']);
});

test('reads the SQLSTATE of errors', () => {
  const { heard } = talk([['server', typed('E', 'SFATAL\0C57P01\0Mterminating\0\0')]]);
  expect(heard[0]?.sqlState).toBe('57P01');
});

test.each([
  ['TLS without asking', Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5])],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
])('%s passes as it is', (_, bytes) => {
  const { heard } = talk([['client', bytes]]);
  expect(names(heard)).toEqual(['client:Opaque']);
  expect(heard[0]?.bytes).toEqual(bytes);
});

test('however the bytes are cut into chunks, the messages are the same and no byte is lost', () => {
  const stream = Buffer.concat([
    typed('R', '\0\0\0\0'),
    ready('I'),
    typed('D', Buffer.alloc(600, 7)),
    typed('C', 'SELECT 1\0'),
    ready('I'),
  ]);
  const random = new Random(42);
  for (let round = 0; round < 100; round += 1) {
    const conversation = new WireConversation();
    const heard: WireMessage[] = [];
    for (let at = 0; at < stream.length;) {
      const end = Math.min(stream.length, at + random.between(1, round % 2 ? 7 : 300));
      heard.push(...conversation.push('server', stream.subarray(at, end)));
      at = end;
    }
    expect(Buffer.concat(heard.map(({ bytes }) => bytes))).toEqual(stream);
    expect(heard.map(({ name }) => name)).toEqual([
      'Authentication',
      'ReadyForQuery',
      'DataRow',
      'CommandComplete',
      'ReadyForQuery',
    ]);
  }
});

test('half a message is kept until it is asked for', () => {
  const conversation = new WireConversation();
  const half = ready('I').subarray(0, 3);
  expect([...conversation.push('server', half)]).toEqual([]);
  expect(conversation.takeUnfinished('server')).toEqual(half);
  expect(conversation.takeUnfinished('server')).toHaveLength(0);
});
