/** What a client meets on a standby, and on a primary that waits for one. */
import { ReplicationPair, type ReplicationOptions } from '../../../support/replication';
import { failureOf, type Lab } from '../lab';
import type { Row } from '../row';

const kTable = `CREATE TABLE tokens (id serial PRIMARY KEY, token text NOT NULL UNIQUE, small smallint NOT NULL DEFAULT 0);
  GRANT ALL ON tokens, tokens_id_seq TO app`;

async function pairOf(lab: Lab, options: ReplicationOptions = {}): Promise<ReplicationPair> {
  const pair = await ReplicationPair.start(options);
  lab.later(() => pair.dispose());
  await pair.primary.query(kTable);
  await pair.waitForCatchUp();
  return pair;
}

async function isOn(pair: ReplicationPair, token: string): Promise<boolean> {
  return (await pair.primary.query('SELECT 1 FROM tokens WHERE token = $1', [token])).length > 0;
}

export const kReplicationRows: readonly Row[] = [
  {
    name: 'a write to a standby, which serves reads (25006)',
    expected: {
      errorClass: 'read-only',
      outcome: 'not-applied',
      connectionClass: false,
      wrongServerSuspected: true,
      rule: '25006',
    },
    async make(lab) {
      const pair = await pairOf(lab);
      const client = lab.client({ connectionString: pair.standby.url() });
      expect(await client.token.findMany()).toEqual([]);
      return { error: await failureOf(client.token.create({ data: { token: lab.newToken() } })) };
    },
  },
  {
    name: 'terminated while COMMIT waits for the standby: the row is there',
    expected: { errorClass: 'unknown', outcome: 'unknown', connectionClass: true, retryMayHelp: true },
    async make(lab) {
      const pair = await pairOf(lab, { synchronous: true });
      await pair.cutReplication();
      const token = lab.newToken();
      const client = lab.client({ connectionString: pair.primary.url() });
      const failed = failureOf(client.token.create({ data: { token } }));
      const waits = "wait_event = 'SyncRep'";
      while ((await pair.primary.connectionCount(waits)) === 0);
      await pair.primary.terminateBackends(waits);
      const error = await failed;
      expect(await isOn(pair, token)).toBe(true);
      return { error };
    },
  },
];
