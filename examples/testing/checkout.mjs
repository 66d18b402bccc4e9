// The service under test: an ordinary checkout. It knows nothing of tests, networks or this package's workings.
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from 'prisma-resilient-client';
import { PrismaClient } from '../toolbox/database.mjs'; // your own: '@prisma/client', './generated/prisma/client', …

/** `url`: the database, or in tests the network in front of it. */
export function openCheckout(url) {
  const resilient = new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: url })) }),
    { writes: { onUnknownOutcome: 'verify' }, logging: { level: 'silent' } },
  );
  const prisma = resilient.getClient();
  return {
    /** An order and its first line, in one transaction. */
    placeOrder: (token) =>
      prisma.user.create({ data: { email: `${token}@example.org`, posts: { create: { title: `Order ${token}` } } } }),
    orders: async () => {
      const rows = await prisma.user.findMany({ include: { posts: true } });
      return rows.flatMap(({ email, posts }) => posts.map(() => email.split('@')[0]));
    },
    close: () => resilient.shutdown(),
  };
}
