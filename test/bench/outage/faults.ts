/** The faults: how each is made, and when it is over. */
import { Client } from 'pg';

import { atPerformance, now } from './clock';
import { type BouncerScene, type Scene, type Scenes, kScenes } from './scenes';
import type { Target } from './subjects';

/** What a fault may ask of the subject besides the load. */
export interface Means {
  /** Runs reports that hold a connection each. */
  report(count: number, seconds: number): Promise<void>;
}

export interface Fault {
  readonly title: string;
  readonly scene: keyof Scenes;
  /** ms of load after its end. */
  readonly after: number;
  /** How often this package is run, where nobody says otherwise: often where a time of few milliseconds is the figure. */
  readonly runs: number;
  /** At higher rates it is not run: more would have to wait than may. */
  readonly highestRate: number;
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
  options: Partial<Pick<Fault, 'after' | 'runs' | 'highestRate'>> & { pool?: Target['pool'] } = {},
): Fault {
  const { after = 3000, runs = 1, highestRate = Infinity, pool } = options;
  const prepare = async (): Promise<PreparedFault> => {
    const scene = await kScenes[kind]();
    return { scene, target: { ...scene.target, pool }, inflict: (means) => inflict(scene, means) };
  };
  return { title, scene: kind, after, runs, highestRate, prepare };
}

export const kFaults = {
  stop: fault(
    'server stopped for 3 s',
    'server',
    async ({ server }) => {
      await server.stop('immediate');
      await sleep(3000);
      return atPerformance((await server.start()).at);
    },
    { runs: 5 },
  ),

  terminate: fault(
    'all backends terminated',
    'server',
    async ({ server }) => {
      await server.terminateBackends();
      return now();
    },
    { runs: 5 },
  ),

  freeze: fault(
    'server frozen for 5 s',
    'server',
    async ({ server }) => {
      await server.freeze();
      await sleep(5000);
      server.thaw();
      return now();
    },
    { runs: 5 },
  ),

  swallow: fault(
    'packets swallowed for 6 s',
    'network',
    async ({ proxy }) => {
      await proxy.swallow({ newConnections: 'ignore' });
      await sleep(6000);
      await proxy.pass();
      return now();
    },
    { runs: 3 },
  ),

  reset: fault(
    'connections reset for 3 s',
    'network',
    async ({ proxy }) => {
      await proxy.reset({ newConnections: true });
      await sleep(3000);
      await proxy.pass();
      return now();
    },
    { runs: 5 },
  ),

  acknowledgements: fault('30 % of acknowledgements lost for 3 s', 'network', async ({ proxy }) => {
    const rule = proxy.loseAcknowledgements({ probability: 0.3 });
    await sleep(3000);
    rule.remove();
    return now();
  }),

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

  failover: fault(
    'failover, old primary fenced',
    'pair',
    async ({ pair }) => {
      await pair.fence();
      await sleep(1000);
      return atPerformance((await pair.promote()).at);
    },
    { runs: 3 },
  ),

  bouncer: fault('server behind PgBouncer stopped for 3 s', 'bouncer', stopBehindPgBouncer, { runs: 3 }),

  'bouncer-default': fault('the same, server_login_retry 15 s (its default)', 'patientBouncer', stopBehindPgBouncer, {
    highestRate: 500,
  }),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof kFaults;

async function stopBehindPgBouncer({ server, bouncer }: BouncerScene): Promise<number> {
  await server.stop('immediate');
  await sleep(3000);
  await server.start();
  return untilAnswered(bouncer.url());
}

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
