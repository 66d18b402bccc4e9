import { failureOf, type Lab } from '../lab';
import type { TestClient } from '../prisma-version';
import type { Row } from '../row';

const kSaturated = {
  errorClass: 'saturated',
  outcome: 'not-applied',
  sent: false,
  retryMayHelp: true,
  connectionClass: false,
};

/** Takes the only connection of the client's pool until the row is over, or for a while. */
async function occupy(lab: Lab, client: TestClient, seconds = 60): Promise<void> {
  const report = client.$queryRawUnsafe(`SELECT pg_sleep(${seconds})::text`).then(undefined, () => undefined);
  await lab.untilBusy();
  lab.later(async () => {
    await lab.cluster.terminateBackends();
    await report;
  });
}

export const kSaturatedRows: readonly Row[] = [
  {
    name: 'all connections of the pool are busy',
    expected: kSaturated,
    async make(lab) {
      const client = lab.client({ connectionTimeoutMillis: 200 });
      await occupy(lab, client);
      const token = lab.newToken();
      const error = await failureOf(client.token.create({ data: { token } }));
      return { error, token, circumstances: { probe: 'up' } };
    },
  },
  {
    name: 'all connections of the pool are busy because the server hangs',
    expected: { errorClass: 'not-sent', outcome: 'not-applied', connectionClass: true },
    async make(lab) {
      const client = lab.client({ connectionTimeoutMillis: 200 });
      await occupy(lab, client);
      await lab.cluster.freeze();
      const error = await failureOf(client.token.findMany());
      return { error, circumstances: { probe: 'down' } };
    },
  },
  {
    name: 'no connection for an interactive transaction in time',
    notIn: { rust: 'its engine waits without a limit' },
    expected: { ...kSaturated, callbackNotCalled: true },
    async make(lab) {
      const client = lab.client();
      // Prisma 6.19 looks at maxWait only once it has the connection.
      await occupy(lab, client, 2);
      let called = 0;
      const callback = (): Promise<number> => Promise.resolve(++called);
      const error = await failureOf(client.$transaction(callback, { maxWait: 200 }));
      expect(called).toBe(0);
      return { error, circumstances: { probe: 'up' } };
    },
  },
  {
    name: 'no connection for an interactive transaction in time while the server hangs',
    notIn: { rust: 'its engine waits without a limit' },
    expected: { errorClass: 'not-sent', outcome: 'not-applied', connectionClass: true, callbackNotCalled: true },
    async make(lab) {
      await lab.cluster.freeze();
      const thaw = setTimeout(() => lab.cluster.thaw(), 600);
      lab.later(() => clearTimeout(thaw));
      const error = await failureOf(lab.client().$transaction((tx) => Promise.resolve(tx), { maxWait: 200 }));
      return { error, circumstances: { probe: 'down' } };
    },
  },
  {
    name: 'the server has no slot left (53300)',
    expected: { ...kSaturated, rule: '53300' },
    differs: { rust: { rule: 'P2037' } },
    async make(lab) {
      await lab.cluster.fillSlots();
      lab.later(() => lab.cluster.releaseSlots());
      const token = lab.newToken();
      return { error: await failureOf(lab.client().token.create({ data: { token } })), token };
    },
  },
  {
    name: 'the server has no slot left (53300): a raw query',
    expected: { ...kSaturated, rule: '53300' },
    async make(lab) {
      await lab.cluster.fillSlots();
      lab.later(() => lab.cluster.releaseSlots());
      return { error: await failureOf(lab.client().$queryRawUnsafe('SELECT 1')) };
    },
  },
];
