/** The faults: how each is made, and when it is over. */
import { Client } from 'pg';

import { atPerformance, now } from './clock';
import { type Scene, type Scenes, kScenes } from './scenes';
import type { Target } from './subjects';

/** What a fault may ask of the subject besides the load. */
export interface Means {
  /** Runs reports that hold a connection each. */
  report(count: number, seconds: number): Promise<void>;
}

export interface Fault {
  readonly title: string;
  /** ms of load after its end. */
  readonly after: number;
  prepare(): Promise<PreparedFault>;
}

export interface PreparedFault {
  readonly scene: Scene;
  readonly target: Target;
  /** Resolves with the moment (of clock.ts) from which the database answers again. */
  inflict(means: Means): Promise<number>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function fault<Kind extends keyof Scenes>(
  title: string,
  kind: Kind,
  inflict: (scene: Scenes[Kind], means: Means) => Promise<number>,
  options: { after?: number; pool?: Target['pool'] } = {},
): Fault {
  const { after = 5000, pool } = options;
  const prepare = async (): Promise<PreparedFault> => {
    const scene = await kScenes[kind]();
    return { scene, target: { ...scene.target, pool }, inflict: (means) => inflict(scene, means) };
  };
  return { title, after, prepare };
}

export const kFaults = {
  stop: fault('server stopped for 3 s', 'server', async ({ server }) => {
    await server.stop('immediate');
    await sleep(3000);
    return atPerformance((await server.start()).at);
  }),

  terminate: fault(
    'all backends terminated',
    'server',
    async ({ server }) => {
      await server.terminateBackends();
      return now();
    },
    { after: 3000 },
  ),

  freeze: fault('server frozen for 5 s', 'server', async ({ server }) => {
    await server.freeze();
    await sleep(5000);
    server.thaw();
    return now();
  }),

  swallow: fault('packets swallowed for 6 s', 'network', async ({ proxy }) => {
    await proxy.swallow({ newConnections: 'ignore' });
    await sleep(6000);
    await proxy.pass();
    return now();
  }),

  reset: fault('connections reset for 3 s', 'network', async ({ proxy }) => {
    await proxy.reset({ newConnections: true });
    await sleep(3000);
    await proxy.pass();
    return now();
  }),

  acknowledgements: fault(
    '30 % of acknowledgements lost for 3 s',
    'network',
    async ({ proxy }) => {
      const rule = proxy.loseAcknowledgements({ probability: 0.3 });
      await sleep(3000);
      rule.remove();
      return now();
    },
    { after: 3000 },
  ),

  saturation: fault(
    'pool full of reports for 3 s',
    'server',
    async (_, means) => {
      await means.report(10, 3);
      await sleep(3000);
      return now();
    },
    { pool: { connectionTimeoutMillis: 2500 } },
  ),

  failover: fault('failover, old primary fenced', 'pair', async ({ pair }) => {
    await pair.fence();
    await sleep(1000);
    return atPerformance((await pair.promote()).at);
  }),

  bouncer: fault(
    'server behind PgBouncer stopped for 3 s',
    'bouncer',
    async ({ server, bouncer }) => {
      await server.stop('immediate');
      await sleep(3000);
      await server.start();
      return untilAnswered(bouncer.url());
    },
    { after: 6000 },
  ),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof kFaults;

/** When a query first goes through. */
async function untilAnswered(connectionString: string): Promise<number> {
  for (;;) {
    const client = new Client({ connectionString, connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return now();
    } catch {
      await sleep(20);
    } finally {
      client.end().catch(() => undefined);
    }
  }
}
