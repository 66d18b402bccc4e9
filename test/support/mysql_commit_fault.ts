/** A network before a MySQL or MariaDB server that loses COMMITs, or the answers to them, and cuts the connection. */
import * as net from 'node:net';

export type CommitFaultKind = 'lose-commit' | 'lose-answer';

export class CommitFault {
  hits = 0;
  private armed: CommitFaultKind | undefined;
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {}

  static async start(target: number): Promise<CommitFault> {
    const server = net.createServer();
    const fault = new CommitFault(server, target);
    server.on('connection', (client) => fault.link(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fault;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Once. */
  arm(kind: CommitFaultKind): void {
    this.hits = 0;
    this.armed = kind;
  }

  async dispose(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private link(client: net.Socket): void {
    const upstream = net.connect(this.target, '127.0.0.1');
    let losing = false;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        this.sockets.delete(socket);
        cut();
      });
    }
    client.on('data', (data) => {
      if (this.armed && data.includes('COMMIT')) {
        const kind = this.armed;
        this.armed = undefined;
        this.hits += 1;
        if (kind === 'lose-commit') return cut();
        losing = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (losing ? cut() : client.write(data)));
  }
}
