/** `guardAdapter` on the other versions of Prisma; on the newest: test/e2e/guard/late.test.ts. */
import { ResilientPrismaClient, guardAdapter, resilientExtension } from '../../lib';
import { type FaultyNetwork, faultyNetwork } from '../../lib/testing';
import { PrismaVersion, type TestClient } from '../e2e/errors/prisma-version';
import { GuardLab, kPrisma6, newToken } from '../e2e/guard/lab';

type Client = TestClient & { $connect(): Promise<void>; $extends(extension: unknown): Extended };
type Extended = TestClient & { $resilience: { shutdown(): Promise<void> } };

const kConfig = { logging: { level: 'silent' }, writes: { onUnknownOutcome: 'verify' } } as const;

describe.each([new PrismaVersion('6.16'), kPrisma6, new PrismaVersion('6-rust'), new PrismaVersion('7.8')])(
  '$name',
  (version) => {
    let lab: GuardLab;
    let network: FaultyNetwork;
    beforeAll(async () => {
      lab = await GuardLab.start({}, version);
      network = await faultyNetwork(lab.cluster.url());
    });
    afterAll(async () => {
      await network.close();
      await lab.dispose();
    });

    const made = (): Client => {
      const adapter = version.make('@prisma/adapter-pg', 'PrismaPg', { connectionString: network.url, max: 2 });
      return version.newClient('postgresql', guardAdapter(adapter)) as Client;
    };

    async function looksUpWhatIsLost(prisma: TestClient): Promise<void> {
      await prisma.token.findMany();
      network.loseAcknowledgements(1, { times: 1 });
      const token = newToken();
      expect(await prisma.token.create({ data: { token } })).toMatchObject({ token });
      expect(await lab.cluster.query('SELECT FROM tokens WHERE token = $1', [token])).toHaveLength(1);
    }

    test('a ready-made client', async () => {
      const resilient = new ResilientPrismaClient(made(), kConfig);
      await looksUpWhatIsLost(resilient.getClient());
      await resilient.shutdown();
    });

    test('a client with the extension', async () => {
      const prisma = made().$extends(resilientExtension(kConfig));
      await looksUpWhatIsLost(prisma);
      await prisma.$resilience.shutdown();
    });
  },
);
