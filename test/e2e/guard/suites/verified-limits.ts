/** What verification needs of the server, what it does where that is missing, the marker table, and PgBouncer. */
import type { PrismaVersion } from '../../errors/prisma-version';
import { PgBouncer } from '../../../support/pgbouncer';
import { GuardLab, newToken } from '../lab';

const kVerify = { onUnknownOutcome: 'verify' } as const;
const kMarker = { onUnknownOutcome: 'verify', markerTable: 'marks' } as const;

export function verifiedLimits(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      await lab.cluster.query(
        `CREATE TABLE marks (token uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
       CREATE TABLE not_mine (token uuid PRIMARY KEY);
       CREATE TABLE odd (id int);
       ALTER TABLE marks OWNER TO app; ALTER TABLE odd OWNER TO app`,
      );
    });
    afterAll(() => lab.dispose());
    afterEach(() => lab.disconnectAll());

    /** Takes a function of the server's away from the role that the application logs in with. */
    async function withdraw(name: string): Promise<() => Promise<unknown>> {
      const superuser = lab.bare({ connectionString: lab.cluster.url({ user: 'postgres' }) }, version);
      const change = (how: string): PromiseLike<unknown> =>
        superuser.$executeRawUnsafe(
          `DO $do$ DECLARE f regprocedure; BEGIN
           FOR f IN SELECT oid FROM pg_proc WHERE proname = '${name}' LOOP
             EXECUTE format('${how}', f);
           END LOOP; END $do$`,
        );
      await change('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC');
      return async () => change('GRANT EXECUTE ON FUNCTION %s TO PUBLIC');
    }

    /** Writes alone and in a transaction, and loses both acknowledgements. */
    async function writeInDoubt(guarded: ReturnType<GuardLab['guarded']>): Promise<string[]> {
      const { client } = guarded;
      const tokens = [newToken(), newToken()];
      lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      await client.token.create({ data: { token: tokens[0] } });
      const cut = lab.proxy.loseAcknowledgements({ times: 1, tag: /COMMIT/ });
      await client.$transaction(async (tx) => tx.token.create({ data: { token: tokens[1] } }));
      expect(cut.hits).toBe(1);
      expect(await lab.count(...tokens)).toEqual([1, 1]);
      return tokens;
    }

    test('a role that may not read the system identifier verifies all the same', async () => {
      const restore = await withdraw('pg_control_system');
      try {
        const guarded = lab.guarded(kVerify, { max: 2 }, version);
        await writeInDoubt(guarded);
        expect(guarded.host.verdicts.map(({ learned, verdict }) => [learned.systemId, verdict.verdict])).toEqual([
          [null, 'committed'],
          [null, 'committed'],
        ]);
        expect(guarded.host.warnings).toEqual([]);
      } finally {
        await restore();
      }
    });

    test("a server that cannot be asked: one warning, and the rules of 'throw'", async () => {
      const restore = await withdraw('pg_logical_emit_message');
      try {
        const { client, host } = lab.guarded(kVerify, { max: 2 }, version);
        const tokens = [newToken(), newToken(), newToken()];
        await client.token.create({ data: { token: tokens[0] } });
        await client.$transaction(async (tx) => tx.token.create({ data: { token: tokens[1] } }));
        lab.proxy.loseAcknowledgements({ times: 1 });
        await expect(Promise.resolve(client.token.create({ data: { token: tokens[2] } }))).rejects.toThrow();
        expect(await lab.count(...tokens)).toEqual([1, 1, 1]);
        expect(host.warnings).toEqual([
          expect.stringContaining("'verify' is not possible on this server (SQLSTATE 42501"),
        ]);
        expect(host.verdicts).toEqual([]);
      } finally {
        await restore();
      }
    });

    describe('with a marker table', () => {
      test('the row decides', async () => {
        const guarded = lab.guarded(kMarker, { max: 1 }, version);
        await writeInDoubt(guarded);
        expect(guarded.host.verdicts.map(({ verdict }) => verdict)).toEqual([
          { verdict: 'committed', reason: 'marker', askAgain: false },
          { verdict: 'committed', reason: 'marker', askAgain: false },
        ]);
        expect(guarded.host.warnings).toEqual([]);
      });

      test('a transaction that is not there has no row, and is written again', async () => {
        const { client, host } = lab.guarded(kMarker, { max: 1 }, version);
        const token = newToken();
        await client.$queryRawUnsafe('SELECT 1');
        const cut = lab.proxy.cutAfter({ from: 'client', message: 'Statement', sql: /^COMMIT/, drop: true, times: 1 });
        await client.token.create({ data: { token } });
        expect(cut.hits).toBe(1);
        expect(await lab.count(token)).toEqual([1]);
        expect(host.verdicts[host.verdicts.length - 1].observed.markerFound).toBe(false);
      });

      test('rows of settled writes are swept, so that the table stays short', async () => {
        const { client } = lab.guarded(kMarker, { max: 4 }, version);
        for (let i = 0; i < 50; i += 1) {
          await Promise.all([
            client.token.create({ data: { token: newToken() } }),
            client.$transaction(async (tx) => tx.token.create({ data: { token: newToken() } })),
          ]);
        }
        const [{ rows }] = await lab.cluster.query<{ rows: number }>('SELECT count(*)::int AS rows FROM marks');
        expect(rows).toBeLessThanOrEqual(10);
      });

      test('a transaction that reads, and one that may not write, leave no row', async () => {
        const { client } = lab.guarded(kMarker, { max: 1 }, version);
        await client.token.create({ data: { token: newToken() } });
        const before = await lab.cluster.query('SELECT token FROM marks ORDER BY token');
        await client.$transaction(async (tx) => tx.token.findMany());
        await client.$transaction(async (tx) => {
          await tx.$executeRawUnsafe('SET TRANSACTION READ ONLY');
          return tx.$queryRawUnsafe('SELECT count(*)::int FROM tokens');
        });
        expect(await lab.cluster.query('SELECT token FROM marks ORDER BY token')).toEqual(before);
      });

      test.each([
        ['that does not exist', 'nowhere', '42P01'],
        ['of somebody else', 'not_mine', '42501'],
        ['of another shape', 'odd', '42703'],
      ])('a table %s: one warning, and verification without it', async (_which, markerTable, state) => {
        const guarded = lab.guarded({ onUnknownOutcome: 'verify', markerTable }, { max: 2 }, version);
        await writeInDoubt(guarded);
        expect(guarded.host.warnings).toEqual([
          expect.stringContaining(`writes.markerTable cannot be used (SQLSTATE ${state}`),
        ]);
        expect(new Set(guarded.host.verdicts.map(({ verdict }) => verdict.reason))).toEqual(new Set(['no-recovery']));
      });
    });

    describe('through PgBouncer in transaction mode', () => {
      let bouncer: PgBouncer;

      beforeAll(async () => {
        bouncer = await PgBouncer.start({ target: lab.cluster, serverLoginRetry: 0.1 });
      });
      afterAll(() => bouncer.dispose());

      test('commits in doubt are decided', async () => {
        lab.proxy.retarget(bouncer);
        try {
          await writeInDoubt(lab.guarded(kVerify, { max: 2 }, version));
          await writeInDoubt(lab.guarded(kMarker, { max: 2 }, version));
        } finally {
          lab.proxy.retarget(lab.cluster);
        }
      });

      test('a pooler that is killed in between', async () => {
        lab.proxy.retarget(bouncer);
        try {
          const { client } = lab.guarded(kVerify, { max: 2 }, version);
          const token = newToken();
          await client.token.create({ data: { token: newToken() } });
          const cut = lab.proxy.loseAcknowledgements({ times: 1 });
          const writing = Promise.resolve(client.token.create({ data: { token } }));
          while (cut.hits === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          await bouncer.stop();
          await bouncer.start();
          await writing;
          expect(await lab.count(token)).toEqual([1]);
        } finally {
          lab.proxy.retarget(lab.cluster);
        }
      });
    });
  });
}
