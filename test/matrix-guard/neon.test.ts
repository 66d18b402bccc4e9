/** The guard on another adapter for PostgreSQL: Neon's, by WebSockets. */
import { kNewest } from '../e2e/guard/lab';
import { marks } from '../e2e/guard/suites/marks';
import { notSent } from '../e2e/guard/suites/not-sent';
import { phases } from '../e2e/guard/suites/phases';
import { verifiedWrites } from '../e2e/guard/suites/verified-writes';
import { whole } from '../e2e/guard/suites/whole';
import { PrismaVersion, type Provider } from '../e2e/errors/prisma-version';
import { WebSocketProxy, type WebSocketServerClass } from '../support/web_socket_proxy';

interface NeonConfig {
  webSocketConstructor: unknown;
  wsProxy: (host: string, port: number | string) => string;
  useSecureWebSocket: boolean;
  pipelineConnect: false | 'password';
  pipelineTLS: boolean;
}

/** Prisma 7 with Neon's adapter wherever a suite asks for node-postgres'. */
class NeonVersion extends PrismaVersion {
  override setUp(provider: Provider): void {
    super.setUp(provider);
    // Where its packages are.
    super.setUp('sqlite');
  }

  override make(packageName: string, className: string, ...args: unknown[]): unknown {
    if (className !== 'PrismaPg') return super.make(packageName, className, ...args);
    return super.make('@prisma/adapter-neon', 'PrismaNeon', ...args);
  }
}

const version = new NeonVersion(7);
let proxy: WebSocketProxy;

beforeAll(async () => {
  version.setUp('postgresql');
  const { WebSocket, WebSocketServer } = version.module('ws');
  proxy = await WebSocketProxy.start(WebSocketServer as unknown as WebSocketServerClass);
  const { neonConfig } = version.module('@neondatabase/serverless') as unknown as { neonConfig: NeonConfig };
  Object.assign(neonConfig, {
    webSocketConstructor: WebSocket,
    wsProxy: (host, port) => proxy.pathTo(host, port),
    useSecureWebSocket: false,
    pipelineConnect: false,
    pipelineTLS: false,
  } satisfies NeonConfig);
});
afterAll(() => proxy.dispose());

test('is what runs here', () => {
  expect(version.make('@prisma/adapter-pg', 'PrismaPg', {})).toHaveProperty('adapterName', '@prisma/adapter-neon');
  expect(version.major).toBe(kNewest.major);
});

for (const suite of [notSent, phases, verifiedWrites, whole, marks]) suite(version);
