/** Verification where there is none: refused at once, or said in a warning; never passed over in silence. */
import { ConfigError, ResilientPrismaClient, type ResilienceAnnotation, type ResilientConfig } from '../../lib';
import type { SqlDriverAdapterFactory } from '../../lib/adapter/driver-adapter';
import { createGuard } from '../../lib/adapter/guard';
import { PatientHost } from '../e2e/guard/patient-host';
import { Lab, failureOf } from '../e2e/errors/lab';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { MariaLab } from '../matrix-errors/mariadb-lab';
import { SqliteLab } from '../matrix-errors/sqlite-lab';

const kMajors = [6, 7] as const;

interface AdapterLab {
  adapterFactory(): unknown;
  dispose(): Promise<void>;
}

const kElsewhere: readonly (readonly [string, 'mysql' | 'sqlite', (version: PrismaVersion) => Promise<AdapterLab>])[] =
  [
    ['MariaDB', 'mysql', MariaLab.start],
    ['SQLite', 'sqlite', SqliteLab.start],
  ];

describe.each(kMajors)('Prisma %i', (major) => {
  const version = new PrismaVersion(major);

  describe.each(kElsewhere)('%s', (_name, provider, start) => {
    let lab: AdapterLab;
    let factory: SqlDriverAdapterFactory;
    beforeAll(async () => {
      lab = await start(version);
      factory = lab.adapterFactory() as SqlDriverAdapterFactory;
    });
    afterAll(() => lab.dispose());

    test("'verify' without a marker table is a ConfigError when the client is made", () => {
      const make = (): unknown =>
        new ResilientPrismaClient((ctx) => version.newClient(provider, ctx.guard(factory)) as never, {
          logging: { level: 'silent' },
          writes: { onUnknownOutcome: 'verify' },
        });
      expect(make).toThrow(ConfigError);
      expect(make).toThrow(`needs writes.markerTable with ${factory.adapterName}`);
    });

    test('provider and adapter are what they are without the guard', async () => {
      const guarded = createGuard(new PatientHost({ onUnknownOutcome: 'throw' })).wrap(factory);
      const names = ({ adapterName, provider }: { adapterName: string; provider: string }): string[] => [
        adapterName,
        provider,
      ];
      expect(names(guarded)).toEqual(names(factory));
      const [bare, wrapped] = [await factory.connect(), await guarded.connect()];
      expect(names(wrapped)).toEqual(names(bare));
      expect(wrapped.getConnectionInfo?.()).toEqual(bare.getConnectionInfo?.());
      await Promise.all([bare.dispose(), wrapped.dispose()]);
    });

    test("with 'throw' the guarded client reads and writes", async () => {
      const resilient = new ResilientPrismaClient(
        (ctx) => version.newClient(provider, ctx.guard(lab.adapterFactory())) as never,
        { logging: { level: 'silent' } },
      );
      const client: TestClient = resilient.getClient();
      await client.token.create({ data: { token: `guarded-${major}` } });
      expect(await client.token.findMany()).toMatchObject([{ token: `guarded-${major}` }]);
      await resilient.shutdown();
    });
  });
});

describe.each([5, 6, 7] as const)('Prisma %i, PostgreSQL, without the guard', (major) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start(new PrismaVersion(major));
  });
  afterAll(() => lab.dispose());

  test("'verify' says in one warning that writes are treated as with 'throw', and so they are", async () => {
    const warnings: string[] = [];
    const ignore = (): void => undefined;
    const config: ResilientConfig = {
      logging: { logger: { debug: ignore, info: ignore, error: ignore, warn: (line: string) => warnings.push(line) } },
      writes: { onUnknownOutcome: 'verify' },
    };
    const bare = await lab.clientThroughProxy();
    const resilient = new ResilientPrismaClient(bare as never, config);
    try {
      await resilient.ready();
      const client: TestClient = resilient.getClient();
      expect(warnings.filter((line) => line.includes('writes.'))).toEqual([
        expect.stringMatching(/'verify' needs the guard.* treated as with 'throw'/),
      ]);
      const token = lab.newToken();
      (await lab.proxy()).loseAcknowledgements({ times: 1 });
      const error = (await failureOf(client.token.create({ data: { token } }))) as { resilience: ResilienceAnnotation };
      expect(error.resilience.outcome).toBe('unknown');
      expect(await lab.isApplied(token)).toBe(true);
    } finally {
      await resilient.shutdown({ drainMs: 0 });
    }
  });
});
