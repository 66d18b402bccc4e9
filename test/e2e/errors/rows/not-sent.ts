import * as net from 'node:net';
import { failureOf } from '../lab';
import type { Row } from '../row';

const kNotSent = {
  errorClass: 'not-sent',
  outcome: 'not-applied',
  sent: false,
  retryMayHelp: true,
  connectionClass: true,
};

export const kNotSentRows: readonly Row[] = [
  {
    name: 'the server is stopped: a read',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      return { error: await failureOf(lab.client().token.findMany()) };
    },
  },
  {
    name: 'the server is stopped: a write',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the server is stopped: a raw query',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT 1')) };
    },
  },
  {
    name: 'the server is stopped: an interactive transaction',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      return { error: await failureOf(lab.client().$transaction((tx) => Promise.resolve(tx))) };
    },
  },
  {
    name: 'the server is stopped: an array transaction',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      const client = lab.client();
      const token = lab.newToken();
      return { error: await failureOf(client.$transaction([client.token.create({ data: { token } })])), token };
    },
  },
  {
    name: 'every address of the host refuses (an AggregateError without a message)',
    expected: { ...kNotSent, source: 'code', rule: 'ECONNREFUSED' },
    async make(lab) {
      await lab.cluster.stop();
      const url = lab.cluster.url({ host: 'several.invalid' });
      const client = lab.client({ connectionString: url, stream: connectToTwoAddresses } as object);
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'no such host',
    expected: kNotSent,
    async make(lab) {
      // The resolver refuses an empty label without asking anybody.
      const client = lab.client({ connectionString: lab.cluster.url({ host: 'no..such.invalid' }) });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'no route to the network',
    expected: kNotSent,
    async make(lab) {
      // TCP has no broadcast: the kernel refuses by itself.
      const client = lab.client({ connectionString: lab.cluster.url({ host: '127.255.255.255' }) });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'no socket of a local server',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.stop();
      const client = lab.client({
        connectionString: undefined,
        host: lab.cluster.socketDirectory,
        port: lab.cluster.port,
      });
      return { error: await failureOf(client.token.findMany()) };
    },
  },
  {
    name: 'the server shuts down or starts up (57P03)',
    expected: { ...kNotSent, rule: '57P03' },
    async make(lab) {
      const held = lab.client();
      const lasting = held.$queryRawUnsafe('SELECT pg_sleep(60)::text').then(undefined, () => undefined);
      await lab.untilBusy();
      const stopped = lab.cluster.stop('smart');
      lab.later(async () => {
        await lab.cluster.stop('immediate');
        await Promise.all([stopped, lasting]);
      });
      let error: unknown;
      // Until the postmaster has read its signal it still lets clients in.
      do
        error = await lab
          .client()
          .token.findMany()
          .then(
            () => undefined,
            (failure: unknown) => failure,
          );
      while (error === undefined);
      return { error };
    },
  },
  {
    name: 'connecting to a frozen server takes too long',
    expected: kNotSent,
    async make(lab) {
      await lab.cluster.freeze();
      const token = lab.newToken();
      const client = lab.client({ connectionTimeoutMillis: 200 });
      return { error: await failureOf(client.token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the connection is reset while it is made, and the guard saw it',
    expected: kNotSent,
    async make(lab) {
      const proxy = await lab.proxy();
      const client = await lab.clientThroughProxy();
      await proxy.reset({ newConnections: true });
      const token = lab.newToken();
      const error = await failureOf(client.token.create({ data: { token } }));
      return { error, token, circumstances: { phase: 'acquire' } };
    },
  },
];

/** What Node does for a host with several addresses, without asking a resolver for it. */
function connectToTwoAddresses(): net.Socket {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket) as (options: net.SocketConnectOpts) => net.Socket;
  socket.connect = ((port: number) =>
    connect({
      port,
      host: 'several.invalid',
      autoSelectFamily: true,
      lookup: (_host, _options, answer) =>
        answer(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ] as never),
    })) as never;
  return socket;
}
