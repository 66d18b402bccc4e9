/** What `getClient()` is typed as: exactly what the factory makes. */
import { PrismaPg } from '@prisma/adapter-pg';
import * as resilience from 'prisma-resilient-client';
import { Prisma, PrismaClient } from '../../../test/.generated/client-7/index.js';

const { ResilientPrismaClient } = resilience;
const adapter = new PrismaPg({ connectionString: 'postgresql://localhost/app' });

// ---- a plain client ------------------------------------------------------------------------------------------------

const plain = new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(adapter) }));
const prisma = plain.getClient();
assert<Exact<typeof prisma, PrismaClient>>();
assert<Exact<typeof plain, resilience.ResilientPrismaClient<PrismaClient>>>();
// @ts-expect-error: the assertion itself tells types apart
assert<Exact<typeof prisma, Omit<PrismaClient, '$on'>>>();
// @ts-expect-error: and `any` from everything else
assert<Exact<unknown, ReturnType<typeof JSON.parse>>>();

const user = await_(prisma.user.findUniqueOrThrow({ where: { id: 1 }, include: { posts: true } }));
assert<Exact<(typeof user)['posts'][number]['title'], string>>();
assert<Exact<(typeof user)['name'], string | null>>();
const selected = await_(prisma.user.findMany({ select: { email: true } }));
assert<Exact<typeof selected, { email: string }[]>>();
const pair = await_(prisma.$transaction([prisma.user.count(), prisma.post.findFirst()]));
assert<Exact<(typeof pair)[0], number>>();
const inside = await_(prisma.$transaction(async (tx) => tx.user.count()));
assert<Exact<typeof inside, number>>();
// @ts-expect-error: no such model
void prisma.nobody;
// @ts-expect-error: no such field
void prisma.user.findMany({ where: { nothing: 1 } });
// @ts-expect-error: not the client's
void prisma.hardReset;

// ---- an asynchronous factory ---------------------------------------------------------------------------------------

const asynchronous = new ResilientPrismaClient(async () => new PrismaClient({ adapter })).getClient();
assert<Exact<typeof asynchronous, PrismaClient>>();

// ---- a ready-made client -------------------------------------------------------------------------------------------

const instance = new ResilientPrismaClient(new PrismaClient({ adapter }), { reconnect: { maxAttempts: 5 } });
assert<Exact<ReturnType<typeof instance.getClient>, PrismaClient>>();

// ---- configured clients --------------------------------------------------------------------------------------------

const makeOmitting = () => new PrismaClient({ adapter, omit: { user: { email: true } } });
const omitting = new ResilientPrismaClient(makeOmitting).getClient();
assert<Exact<typeof omitting, ReturnType<typeof makeOmitting>>>();
const withoutEmail = await_(omitting.user.findFirstOrThrow());
assert<Exact<(typeof withoutEmail)['id'], number>>();
// @ts-expect-error: omitted
void withoutEmail.email;

const makeLogging = () => new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
const logging = new ResilientPrismaClient(makeLogging).getClient();
assert<Exact<typeof logging, ReturnType<typeof makeLogging>>>();
logging.$on('query', (event) => assert<Exact<typeof event, Prisma.QueryEvent>>());
// @ts-expect-error: not emitted
logging.$on('info', () => {});

// ---- extended clients ----------------------------------------------------------------------------------------------

const makeExtended = () =>
  new PrismaClient({ adapter })
    .$extends({
      model: {
        user: {
          byEmail(email: string) {
            return Prisma.getExtensionContext(this).findFirst({ where: { email } });
          },
        },
        $allModels: {
          exists<T>(this: T, where: Prisma.Args<T, 'findFirst'>['where']): boolean {
            return where !== undefined;
          },
        },
      },
    })
    .$extends({ client: { $version: () => 7 as const } })
    .$extends({
      result: {
        user: { greeting: { needs: { name: true }, compute: ({ name }): `Hi ${string}` => `Hi ${name ?? 'you'}` } },
      },
    })
    .$extends({ query: { $allOperations: ({ args, query }) => query(args) } });
const extended = new ResilientPrismaClient(makeExtended).getClient();
assert<Exact<typeof extended, ReturnType<typeof makeExtended>>>();
assert<Exact<ReturnType<typeof extended.$version>, 7>>();
const greeted = await_(extended.user.findFirstOrThrow({ select: { greeting: true } }));
assert<Exact<typeof greeted, { greeting: `Hi ${string}` }>>();
assert<Exact<Awaited<ReturnType<typeof extended.user.byEmail>>, Awaited<ReturnType<typeof byEmail>>>>();
const byEmail = makeExtended().user.byEmail;
assert<Exact<ReturnType<typeof extended.post.exists>, boolean>>();
// @ts-expect-error: custom methods keep their parameters
void extended.user.byEmail(1);
// @ts-expect-error: $allModels knows each model's fields
void extended.post.exists({ email: 'a' });
// @ts-expect-error: an extended client has no $on
void extended.$on;

const later = prisma.$extends({ client: { $one: 1 } });
assert<Exact<typeof later.$one, number>>();
const asyncExtended = new ResilientPrismaClient(async () => makeExtended()).getClient();
assert<Exact<typeof asyncExtended, ReturnType<typeof makeExtended>>>();

// ---- what is no client ---------------------------------------------------------------------------------------------

// @ts-expect-error: a URL
void new ResilientPrismaClient('postgresql://localhost/app');
// @ts-expect-error: nothing
void new ResilientPrismaClient();
// @ts-expect-error: a factory without `return`
void new ResilientPrismaClient(() => {});
// @ts-expect-error: half a client
void new ResilientPrismaClient({ $connect: async () => {} });
// @ts-expect-error: a factory of half a client
void new ResilientPrismaClient(() => ({ $connect: async () => {} }));

function await_<T>(promise: PromiseLike<T>): T {
  throw promise;
}
