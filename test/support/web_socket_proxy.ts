/** What Neon has before its databases, on this machine: a WebSocket whose bytes are those of a TCP connection. */
import * as net from 'node:net';

export interface WebSocketLike {
  on(event: 'message', listener: (data: Buffer) => void): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
  send(data: Buffer): void;
  close(): void;
  terminate(): void;
}
interface Server {
  on(event: 'connection', listener: (socket: WebSocketLike, request: { url?: string }) => void): unknown;
  once(event: 'listening', listener: () => void): unknown;
  address(): { port: number };
  close(done: () => void): void;
  readonly clients: Set<WebSocketLike>;
}
export type WebSocketServerClass = new (options: { port: number; host: string }) => Server;

export class WebSocketProxy {
  private constructor(private readonly server: Server) {}

  /** Connects to whatever each client names. `WebSocketServer`: that of the package ws. */
  static async start(WebSocketServer: WebSocketServerClass): Promise<WebSocketProxy> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (client, { url }) => link(client, url));
    await new Promise<void>((resolve) => server.once('listening', resolve));
    return new WebSocketProxy(server);
  }

  /** For `neonConfig.wsProxy`. */
  pathTo(host: string, port: number | string): string {
    return `127.0.0.1:${this.server.address().port}/v1?address=${host}:${port}`;
  }

  async dispose(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}

function link(client: WebSocketLike, url = ''): void {
  const [host, port] = (new URL(url, 'ws://localhost').searchParams.get('address') ?? '').split(':');
  const upstream = net.connect(Number(port), host);
  client.on('message', (data) => upstream.write(data));
  client.on('close', () => upstream.destroy());
  client.on('error', () => upstream.destroy());
  upstream.on('data', (data) => client.send(data));
  upstream.on('error', () => client.terminate());
  upstream.on('close', () => client.close());
}
