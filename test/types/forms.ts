/** The options form, and the extension. */
import { PrismaPg } from '@prisma/adapter-pg';
import * as resilience from 'prisma-resilient-client';
import { Prisma, PrismaClient } from '../../../test/.generated/client-7/index.js';

const { ResilientPrismaClient, resilientExtension } = resilience;
const adapter = new PrismaPg({ connectionString: 'postgresql://localhost/app' });

// ---- options -------------------------------------------------------------------------------------------------------

const prisma = new ResilientPrismaClient({ client: PrismaClient, adapter, resilient: { preset: 'serverless' } });
type Constructed = ReturnType<typeof construct>;
const construct = () => new PrismaClient({ adapter });
assert<Exact<typeof prisma.user, Constructed['user']>>();
assert<Exact<typeof prisma.$transaction, PrismaClient['$transaction']>>();
assert<Exact<typeof prisma.$resilience, resilience.ResilientPrismaClient<Constructed>>>();
assert<Exact<ReturnType<typeof prisma.isConnected>, boolean>>();
assert<Exact<ReturnType<typeof prisma.getClient>, Constructed>>();
const asClient: PrismaClient = prisma;
const users = await_(prisma.user.findMany({ select: { email: true, posts: true } }));
assert<Exact<(typeof users)[number]['email'], string>>();
assert<Exact<(typeof users)[number]['posts'][number]['views'], number>>();
void asClient;
void new ResilientPrismaClient({ client: PrismaClient, adapter: () => new PrismaPg({}), errorFormat: 'minimal' });

// ---- options that change the types ---------------------------------------------------------------------------------

const makeWithOptions = () =>
  new PrismaClient({
    adapter,
    omit: { user: { email: true } },
    log: ['warn', { emit: 'event', level: 'query' }],
    transactionOptions: { isolationLevel: 'Serializable' },
  });
const withOptions = new ResilientPrismaClient({
  client: PrismaClient,
  adapter: () => new PrismaPg({}),
  omit: { user: { email: true } },
  log: ['warn', { emit: 'event', level: 'query' }],
  transactionOptions: { isolationLevel: 'Serializable' },
  resilient: { preset: 'server' },
});
assert<Exact<typeof withOptions.user, ReturnType<typeof makeWithOptions>['user']>>();
assert<Exact<ReturnType<typeof withOptions.getClient>, ReturnType<typeof makeWithOptions>>>();
const person = await_(withOptions.user.findFirstOrThrow());
assert<Exact<(typeof person)['id'], number>>();
// @ts-expect-error: omitted
void person.email;
const whole = await_(withOptions.user.findFirstOrThrow({ omit: { email: false } }));
assert<Exact<(typeof whole)['email'], string>>();
withOptions.$on('query', (event) => assert<Exact<typeof event, Prisma.QueryEvent>>());
// @ts-expect-error: not asked for
withOptions.$on('info', () => {});
// @ts-expect-error: nothing is emitted without `log`
prisma.$on('query', () => {});
// @ts-expect-error: no such field
void new ResilientPrismaClient({ client: PrismaClient, adapter, omit: { user: { nothing: true } } });
// @ts-expect-error: no such level
void new ResilientPrismaClient({ client: PrismaClient, adapter, log: ['loud'] });

const commented = new ResilientPrismaClient({
  client: PrismaClient,
  adapter,
  omit: { user: { email: true } },
  comments: [({ query }) => ({ action: query.action })],
});
const silentPerson = await_(commented.user.findFirstOrThrow());
// @ts-expect-error: omitted
void silentPerson.email;

const fromElsewhere: resilience.ResilientOptions<typeof PrismaClient> = {
  client: PrismaClient,
  adapter,
  log: ['info'],
};
const elsewhere = new ResilientPrismaClient(fromElsewhere);
const fullPerson = await_(elsewhere.user.findFirstOrThrow());
assert<Exact<(typeof fullPerson)['email'], string>>();

// ---- the client of @prisma/client ----------------------------------------------------------------------------------

const byHand = new ResilientPrismaClient<PrismaClient>({ adapter });
assert<Exact<typeof byHand.user, PrismaClient['user']>>();

// @ts-expect-error: no such model
void prisma.nobody;
// @ts-expect-error: no such option of PrismaClient
void new ResilientPrismaClient({ client: PrismaClient, adapter, nothing: true });
// @ts-expect-error: no such key of ours
void new ResilientPrismaClient({ client: PrismaClient, adapter, resilient: { nothing: true } });
// @ts-expect-error: an adapter is no string
void new ResilientPrismaClient({ client: PrismaClient, adapter: 'postgresql://localhost/app' });
// @ts-expect-error: the class, not an instance
void new ResilientPrismaClient({ client: new PrismaClient({ adapter }), adapter });

/** Models win over this package's names; those stay reachable at `$resilience`. */
declare class OddClient extends PrismaClient {
  readonly read: { count(): Promise<7> };
  readonly on: { count(): Promise<8> };
}
const odd = new ResilientPrismaClient({ client: OddClient, adapter });
assert<Exact<typeof odd.read, { count(): Promise<7> }>>();
assert<Exact<typeof odd.on, { count(): Promise<8> }>>();
assert<Exact<typeof odd.$resilience, resilience.ResilientPrismaClient<OddClient>>>();
void odd.$resilience.read(() => odd.read.count());

// ---- the extension -------------------------------------------------------------------------------------------------

const extended = new PrismaClient({ adapter }).$extends(resilientExtension({ reconnect: { deadline: 1000 } }));
const counted = await_(extended.user.count());
assert<Exact<typeof counted, number>>();
assert<Exact<ReturnType<typeof extended.$resilience.isConnected>, boolean>>();
const more = extended.$extends({ client: { $one: 1 } });
assert<Exact<typeof more.$one, number>>();
assert<Exact<ReturnType<typeof more.$resilience.getMetrics>, resilience.Metrics>>();
const selected = await_(extended.user.findFirstOrThrow({ select: { email: true } }));
assert<Exact<typeof selected, { email: string }>>();
// @ts-expect-error: no such key
void resilientExtension({ nothing: true });
// @ts-expect-error: no such model
void extended.nobody;

function await_<T>(promise: PromiseLike<T>): T {
  throw promise;
}
