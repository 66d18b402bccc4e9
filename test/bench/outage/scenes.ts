/** What a subject's operations go to: a server of its own, and what stands between. */
import { PgBouncer } from '../../support/pgbouncer';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';
import { ReplicationPair } from '../../support/replication';
import { TcpProxy } from '../../support/tcp_proxy';
import type { Target } from './subjects';

export interface Scene {
  readonly target: Target;
  /** The server that has the rows now. */
  readonly server: PostgresCluster;
  dispose(): Promise<void>;
}

export interface ServerScene extends Scene {
  readonly kind: 'server';
}
export interface NetworkScene extends Scene {
  readonly kind: 'network';
  readonly proxy: TcpProxy;
}
export interface PairScene extends Scene {
  readonly kind: 'pair';
  readonly pair: ReplicationPair;
}
export interface BouncerScene extends Scene {
  readonly kind: 'bouncer';
  readonly bouncer: PgBouncer;
}

export interface Scenes {
  server: ServerScene;
  network: NetworkScene;
  pair: PairScene;
  /** PgBouncer, told to try a server again soon. */
  bouncer: BouncerScene;
  /** PgBouncer as it comes. */
  patientBouncer: BouncerScene;
}

/** Seconds, as fits a client that waits no longer than 15 s: PgBouncer's own default is as long as that. */
export const kServerLoginRetry = 1;

export const kScenes: { readonly [Kind in keyof Scenes]: () => Promise<Scenes[Kind]> } = {
  async server() {
    const server = await PostgresCluster.start();
    await createSchema(server);
    return { kind: 'server', server, target: { url: server.url() }, dispose: () => server.dispose() };
  },

  async network() {
    const server = await PostgresCluster.start();
    await createSchema(server);
    const proxy = await TcpProxy.start({ target: server });
    const dispose = async (): Promise<void> => {
      await proxy.dispose();
      await server.dispose();
    };
    return { kind: 'network', server, proxy, target: { url: proxy.via(server.url()) }, dispose };
  },

  async pair() {
    // Synchronous: what a primary has acknowledged must be on the other, or the book would blame the client for it.
    const pair = await ReplicationPair.start({ synchronous: true });
    await createSchema(pair.primary);
    await pair.waitForCatchUp();
    const target = { url: pair.primary.url(), everyHost: pair.url() };
    return {
      kind: 'pair',
      pair,
      target,
      get server() {
        return pair.primary;
      },
      dispose: () => pair.dispose(),
    };
  },

  bouncer: () => behindPgBouncer(kServerLoginRetry),
  patientBouncer: () => behindPgBouncer(undefined),
};

async function behindPgBouncer(serverLoginRetry: number | undefined): Promise<BouncerScene> {
  const server = await PostgresCluster.start();
  await createSchema(server);
  const bouncer = await PgBouncer.start({ target: server, serverLoginRetry });
  const dispose = async (): Promise<void> => {
    await bouncer.dispose();
    await server.dispose();
  };
  return { kind: 'bouncer', server, bouncer, target: { url: bouncer.url() }, dispose };
}
