/** What Prisma 5 and 6 tell of a client's extensions, so that a factory that forgets one is found out there too. */
import { ResilientPrismaClient } from '../../lib';
import { lostTraits, traitsOf } from '../../lib/client/likeness';
import { type PostgresTheatre, openPostgresTheatre } from '../e2e/twin/postgres-theatre';
import { kQuiet } from '../e2e/twin/subject';
import type { AnyClient } from '../e2e/twin/scenario';

describe.each([5, 6] as const)('Prisma %s on PostgreSQL', (major) => {
  let theatre: PostgresTheatre;
  beforeAll(async () => {
    theatre = await openPostgresTheatre(major);
  });
  afterAll(() => theatre.close());

  const extend = (client: AnyClient): AnyClient =>
    client
      .$extends({ client: { $mine: 1 }, model: { user: { mine: () => 1 } } })
      .$extends({ result: { user: { mine: { needs: {}, compute: () => 1 } } } })
      .$extends({ query: { $allOperations: ({ args, query }: AnyClient) => query(args) } });

  test('every kind of extension is found, and the models are the same', () => {
    const [plain, extended] = [theatre.makeClient({}), extend(theatre.makeClient({}))];
    expect(lostTraits(traitsOf(extended), traitsOf(plain))).toEqual([
      'a query hook on $allOperations',
      'the computed field user.mine',
      'prisma.$mine',
      'prisma.user.mine',
    ]);
    expect(lostTraits(traitsOf(plain), traitsOf(extended))).toEqual([]);
    expect(traitsOf(plain)).toContain('the model User');
  });

  test('a factory that forgets them is refused', async () => {
    let made = 0;
    const resilient = new ResilientPrismaClient<AnyClient>(
      () => (made++ === 0 ? extend(theatre.makeClient({})) : theatre.makeClient({})),
      kQuiet,
    );
    await resilient.ready();
    await expect(resilient.hardReset()).rejects.toThrow(/without a query hook on \$allOperations/);
    expect(resilient.getClient().user.mine()).toBe(1);
    await resilient.shutdown();
  });
});
