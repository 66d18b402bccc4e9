/**
 * PostgreSQL's wire protocol (3.x), as far as one must know it to see where a message ends and what it is.
 *
 * Invariant: the bytes of the messages that `push` yields, joined, are the bytes that were pushed, less the unfinished
 * message at the end. What cannot be framed (TLS, another protocol) passes as messages named 'Opaque'.
 */

export type Side = 'client' | 'server';

export interface WireMessage {
  readonly from: Side;
  readonly name: string;
  /** All of it, framing included. */
  readonly bytes: Buffer;
  /** CommandComplete: its tag, for example 'INSERT 0 1'. */
  readonly tag?: string;
  /** Query, Parse, and Bind and Execute of a statement parsed on this connection: its SQL. */
  readonly sql?: string;
  /** ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed one. */
  readonly status?: string;
  /** ErrorResponse and NoticeResponse: the SQLSTATE. */
  readonly sqlState?: string;
}

const kClientNames: Readonly<Record<string, string>> = {
  B: 'Bind',
  C: 'Close',
  d: 'CopyData',
  c: 'CopyDone',
  f: 'CopyFail',
  D: 'Describe',
  E: 'Execute',
  H: 'Flush',
  F: 'FunctionCall',
  P: 'Parse',
  p: 'Password',
  Q: 'Query',
  S: 'Sync',
  X: 'Terminate',
};

const kServerNames: Readonly<Record<string, string>> = {
  R: 'Authentication',
  K: 'BackendKeyData',
  '2': 'BindComplete',
  '3': 'CloseComplete',
  C: 'CommandComplete',
  d: 'CopyData',
  c: 'CopyDone',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  W: 'CopyBothResponse',
  D: 'DataRow',
  I: 'EmptyQueryResponse',
  E: 'ErrorResponse',
  V: 'FunctionCallResponse',
  v: 'NegotiateProtocolVersion',
  n: 'NoData',
  N: 'NoticeResponse',
  A: 'NotificationResponse',
  t: 'ParameterDescription',
  S: 'ParameterStatus',
  '1': 'ParseComplete',
  s: 'PortalSuspended',
  Z: 'ReadyForQuery',
  T: 'RowDescription',
};

const kUntyped: Readonly<Record<number, string>> = {
  80877102: 'CancelRequest',
  80877103: 'SSLRequest',
  80877104: 'GSSENCRequest',
};

/** The names that messages of one side have here. */
export function messageNames(from: Side): readonly string[] {
  const names = from === 'client' ? { ...kClientNames, ...kUntyped, first: 'Startup' } : kServerNames;
  return Object.values(names).sort();
}

// Both sides would refuse more; a larger length means that these bytes are not what we take them for.
const kLongest = 1 << 30;
const kTlsHandshake = 0x16;

/** What one connection has said so far, both sides of it. */
export class WireConversation {
  private readonly pending: Record<Side, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  private startup = true;
  private opaque = false;
  private encryptionAsked = 0;
  private readonly statements = new Map<string, string>();
  private readonly portals = new Map<string, string>();
  private transactionStatus = '';
  private latestSql = '';

  /**
   * 'I', 'T' or 'E' as the server last said, or as its answer to a BEGIN implies whose message goes on; empty before it
   * said so for the first time.
   */
  get transaction(): string {
    return this.transactionStatus;
  }

  /** SQL of the statement that the client has sent last, as far as known. */
  get sql(): string {
    return this.latestSql;
  }

  /** Bytes of an unfinished message, which is forgotten. */
  takeUnfinished(from: Side): Buffer {
    const bytes = this.pending[from];
    this.pending[from] = Buffer.alloc(0);
    return bytes;
  }

  /**
   * Takes what one side has sent and yields the messages that are complete now. `transaction` and `sql` advance as one
   * takes them.
   */
  *push(from: Side, chunk: Buffer): Generator<WireMessage, void> {
    let rest = this.pending[from].length === 0 ? chunk : Buffer.concat([this.pending[from], chunk]);
    for (;;) {
      this.pending[from] = rest;
      const length = rest.length === 0 ? undefined : this.lengthOfFirst(from, rest);
      if (length === undefined || rest.length < length) return;
      this.pending[from] = rest.subarray(length);
      yield this.read(from, rest.subarray(0, length));
      rest = this.pending[from];
    }
  }

  /** Undefined while too little is there to tell. */
  private lengthOfFirst(from: Side, bytes: Buffer): number | undefined {
    if (this.opaque) return bytes.length;
    if (from === 'server' && this.encryptionAsked > 0 && bytes[0] !== 0x45) return 1;
    if (from === 'client' && this.startup) {
      // TLS without asking first (sslnegotiation=direct).
      if (bytes[0] === kTlsHandshake) return this.goOpaque(bytes.length);
      if (bytes.length < 4) return undefined;
      const length = bytes.readInt32BE(0);
      return length < 8 || length > 65_536 ? this.goOpaque(bytes.length) : length;
    }
    if (bytes.length < 5) return undefined;
    const length = bytes.readInt32BE(1);
    return length < 4 || length > kLongest ? this.goOpaque(bytes.length) : length + 1;
  }

  private goOpaque(length: number): number {
    this.opaque = true;
    return length;
  }

  private read(from: Side, bytes: Buffer): WireMessage {
    if (this.opaque) return { from, name: 'Opaque', bytes };
    if (from === 'client') return this.startup ? this.readStartup(bytes) : this.readClient(bytes);
    if (this.encryptionAsked > 0 && bytes.length === 1) return this.readEncryptionAnswer(bytes);
    return this.readServer(bytes);
  }

  private readStartup(bytes: Buffer): WireMessage {
    const name = kUntyped[bytes.readInt32BE(4)] ?? 'Startup';
    if (name === 'SSLRequest' || name === 'GSSENCRequest') this.encryptionAsked += 1;
    if (name === 'Startup') this.startup = false;
    return { from: 'client', name, bytes };
  }

  private readEncryptionAnswer(bytes: Buffer): WireMessage {
    this.encryptionAsked -= 1;
    if (bytes[0] !== 0x4e) this.opaque = true;
    return { from: 'server', name: 'EncryptionAnswer', bytes };
  }

  private readClient(bytes: Buffer): WireMessage {
    const name = kClientNames[String.fromCharCode(bytes[0] as number)] ?? 'Unknown';
    const sql = this.sqlOf(name, bytes);
    if (sql !== undefined && name !== 'Parse') this.latestSql = sql;
    return { from: 'client', name, bytes, ...(sql === undefined ? {} : { sql }) };
  }

  private sqlOf(name: string, bytes: Buffer): string | undefined {
    if (name === 'Query') return cString(bytes, 5).text;
    if (name === 'Parse') {
      const statement = cString(bytes, 5);
      const { text } = cString(bytes, statement.end);
      this.statements.set(statement.text, text);
      return text;
    }
    if (name === 'Bind') {
      const portal = cString(bytes, 5);
      const sql = this.statements.get(cString(bytes, portal.end).text);
      if (sql !== undefined) this.portals.set(portal.text, sql);
      return sql;
    }
    if (name === 'Execute') return this.portals.get(cString(bytes, 5).text);
    return undefined;
  }

  private readServer(bytes: Buffer): WireMessage {
    const name = kServerNames[String.fromCharCode(bytes[0] as number)] ?? 'Unknown';
    if (name === 'CommandComplete') {
      const tag = cString(bytes, 5).text;
      if (/^(BEGIN|START TRANSACTION)$/.test(tag)) this.transactionStatus = 'T';
      return { from: 'server', name, bytes, tag };
    }
    if (name === 'ReadyForQuery') {
      this.transactionStatus = String.fromCharCode(bytes[5] as number);
      return { from: 'server', name, bytes, status: this.transactionStatus };
    }
    if (name === 'ErrorResponse' || name === 'NoticeResponse') {
      const sqlState = fieldOf(bytes, 'C');
      return { from: 'server', name, bytes, ...(sqlState === undefined ? {} : { sqlState }) };
    }
    return { from: 'server', name, bytes };
  }
}

function cString(bytes: Buffer, start: number): { text: string; end: number } {
  const zero = bytes.indexOf(0, start);
  const stop = zero === -1 ? bytes.length : zero;
  return { text: bytes.toString('utf8', start, stop), end: Math.min(stop + 1, bytes.length) };
}

function fieldOf(bytes: Buffer, field: string): string | undefined {
  for (let at = 5; at < bytes.length && bytes[at] !== 0;) {
    const { text, end } = cString(bytes, at + 1);
    if (String.fromCharCode(bytes[at] as number) === field) return text;
    at = end;
  }
  return undefined;
}
