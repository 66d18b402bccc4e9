/** What verification needs of the server, what it does where that is missing, and PgBouncer. */
import type { PrismaVersion } from '../../errors/prisma-version';
import { PgBouncer } from '../../../support/pgbouncer';
import { GuardLab, kVerified, newToken } from '../lab';

const kVerify = kVerified['by position'];

export function verifiedLimits(version: PrismaVersion): void {
  describe(version.name, () => {
    let lab: GuardLab;

    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
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
          await writeInDoubt(lab.guarded(kVerified['by mark'], { max: 2 }, version));
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
