/**
 * A network before a MySQL or MariaDB server that reads what is sent: it lets the server refuse single statements, loses
 * what it answers from one on, or cuts the connection in place of one.
 */
import * as net from 'node:net';

/**
 * 'pass': nothing is done to it. 'refuse': the server is sent something else in its place, that it
 * refuses as it does what KILL QUERY has struck.
 * 'cut': the connection is cut before the statement. 'cut-answer': it is passed on, and the connection is cut in place of its
 * answer. 'lose': it is passed on, and no answer comes back from then on.
 */
export type StatementFaultKind = 'pass' | 'refuse' | 'cut' | 'cut-answer' | 'lose';

interface Armed {
  readonly text: string;
  readonly kind: StatementFaultKind;
}

const kInterrupted = "SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1317, MESSAGE_TEXT = 'Query execution was interrupted'";
const kHeader = 4;
const kQuery = 3;
const kPrepare = 22;

export class StatementFaults {
  /** The texts of what was sent, in order; those of EXECUTE are not in it. */
  readonly sent: string[] = [];
  private armed: Armed[] = [];
  private readonly links = new Set<Link>();

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {}

  static async start(target: number): Promise<StatementFaults> {
    const server = net.createServer();
    const faults = new StatementFaults(server, target);
    server.on('connection', (client) => {
      const link: Link = new Link(client, net.connect(faults.target, '127.0.0.1'), {
        closed: () => void faults.links.delete(link),
        faultOf: (sql) => faults.faultOf(sql),
      });
      faults.links.add(link);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return faults;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Of the next statements, one for each text, the first that contains it. */
  arm(...faults: readonly (readonly [string, StatementFaultKind])[]): void {
    this.armed = faults.map(([text, kind]) => ({ text, kind }));
    this.sent.length = 0;
  }

  /** Of what was armed, nothing is left. */
  get allStruck(): boolean {
    return this.armed.length === 0;
  }

  /** Whatever connection there is. */
  cut(): void {
    for (const link of [...this.links]) link.cut();
  }

  async dispose(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private faultOf(sql: string): StatementFaultKind | undefined {
    this.sent.push(sql);
    const i = this.armed.findIndex(({ text }) => sql.includes(text));
    return i < 0 ? undefined : this.armed.splice(i, 1)[0].kind;
  }
}

class Link {
  private pending = Buffer.alloc(0);
  private answers: 'pass' | 'lose' | 'cut' = 'pass';

  constructor(
    private readonly client: net.Socket,
    private readonly upstream: net.Socket,
    private readonly owner: { closed(): void; faultOf(sql: string): StatementFaultKind | undefined },
  ) {
    for (const socket of [client, upstream]) {
      socket.setNoDelay();
      socket.on('error', () => this.cut()).on('close', () => this.cut());
    }
    client.on('data', (data) => this.read(data));
    upstream.on('data', (data) => {
      if (this.answers === 'cut') this.cut();
      else if (this.answers === 'pass') client.write(data);
    });
  }

  cut(): void {
    this.client.destroy();
    this.upstream.destroy();
    this.owner.closed();
  }

  private read(data: Buffer): void {
    this.pending = Buffer.concat([this.pending, data]);
    while (this.pending.length >= kHeader) {
      const length = kHeader + this.pending.readUIntLE(0, 3);
      if (this.pending.length < length) return;
      const packet = this.pending.subarray(0, length);
      this.pending = this.pending.subarray(length);
      const passed = this.pass(packet);
      if (passed === undefined) return this.cut();
      this.upstream.write(passed);
    }
  }

  /** What the server is sent; undefined: nothing any more. */
  private pass(packet: Buffer): Buffer | undefined {
    // What is no login begins anew to number its packets.
    const isCommand = packet[3] === 0 && (packet[kHeader] === kQuery || packet[kHeader] === kPrepare);
    if (!isCommand) return packet;
    switch (this.owner.faultOf(packet.toString('utf8', kHeader + 1))) {
      case 'cut':
        return undefined;
      case 'cut-answer':
        this.answers = 'cut';
        return packet;
      case 'lose':
        this.answers = 'lose';
        return packet;
      case 'refuse':
        return commandOf(packet[kHeader], kInterrupted);
      case 'pass':
      case undefined:
        return packet;
    }
  }
}

function commandOf(command: number, sql: string): Buffer {
  const text = Buffer.from(sql);
  const packet = Buffer.alloc(kHeader + 1 + text.length);
  packet.writeUIntLE(1 + text.length, 0, 3);
  packet[kHeader] = command;
  text.copy(packet, kHeader + 1);
  return packet;
}
