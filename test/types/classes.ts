/** `class Service extends ResilientClient(PrismaClient)`: typed as a class that extends PrismaClient itself. */
import { PrismaPg } from '@prisma/adapter-pg';
import * as resilience from 'prisma-resilient-client';
import { Prisma, PrismaClient } from '../../../test/.generated/client-7/index.js';

const { ResilientClient } = resilience;
const adapter = new PrismaPg({ connectionString: 'postgresql://localhost/app' });

export class Service extends ResilientClient(PrismaClient) {
  constructor() {
    super({ adapter: () => new PrismaPg({}), log: ['warn'], resilient: { reconnect: { deadline: 1000 } } });
    this.$on('query', ({ query }) => assert<Exact<typeof query, string>>());
    this.$on('warn', ({ message }) => assert<Exact<typeof message, string>>());
    // @ts-expect-error: no such event
    this.$on('nothing', () => {});
  }

  shouting() {
    return this.$extends({
      result: { user: { upper: { needs: { email: true }, compute: (user) => user.email.toUpperCase() } } },
    }).user.findFirstOrThrow();
  }

  both() {
    return super.$transaction([this.user.count(), this.post.findFirst({ select: { title: true } })]);
  }
}

const service = new Service();
const asClient: PrismaClient = service;
void asClient;
assert<Exact<typeof service.user, PrismaClient['user']>>();
assert<Exact<ReturnType<typeof service.isConnected>, boolean>>();
assert<Exact<ReturnType<typeof service.$resilience.getClient>, PrismaClient>>();
const shouting = await_(service.shouting());
assert<Exact<(typeof shouting)['upper'], string>>();
assert<Exact<(typeof shouting)['id'], number>>();
const both = await_(service.both());
assert<Exact<typeof both, [number, { title: string } | null]>>();
// @ts-expect-error: no such model
void service.nobody;

const extended = new (class extends ResilientClient(PrismaClient) {})({ adapter }).$extends({
  result: { user: { upper: { needs: { email: true }, compute: (user) => user.email } } },
  model: { user: { byEmail: (email: string) => email.length } },
  client: { $version: () => 7 as const },
});
const user = await_(extended.user.findFirstOrThrow());
assert<Exact<(typeof user)['upper'], string>>();
assert<Exact<ReturnType<typeof extended.user.byEmail>, number>>();
assert<Exact<ReturnType<typeof extended.$version>, 7>>();

// ---- options -------------------------------------------------------------------------------------------------------

const Plain = ResilientClient(PrismaClient);
void new Plain({ adapter, omit: { user: { email: true } }, errorFormat: 'minimal' });
// @ts-expect-error: no such option of PrismaClient
void new Service({ nothing: true });
class Open extends ResilientClient(PrismaClient) {}
// @ts-expect-error: no such option of PrismaClient
void new Open({ adapter, nothing: true });
// @ts-expect-error: no such field
void new Open({ adapter, omit: { user: { nothing: true } } });
// @ts-expect-error: no such key of ours
void new Open({ adapter, resilient: { nothing: true } });

// ---- type arguments, and classes between ---------------------------------------------------------------------------

class Omitting extends ResilientClient(PrismaClient)<{ adapter: PrismaPg; omit: { user: { email: true } } }> {}
const omitting = await_(new Omitting({ adapter, omit: { user: { email: true } } }).user.findFirstOrThrow());
assert<Exact<(typeof omitting)['id'], number>>();
// @ts-expect-error: omitted
void omitting.email;

class Between extends PrismaClient<Prisma.PrismaClientOptions, 'query'> {
  own(): 6 {
    return 6;
  }
}
const above = new (class extends ResilientClient(Between) {})({ adapter });
assert<Exact<ReturnType<typeof above.own>, 6>>();
above.$on('query', (event) => assert<Exact<typeof event, Prisma.QueryEvent>>());

// @ts-expect-error: an instance, not the class
void ResilientClient(new PrismaClient({ adapter }));
// @ts-expect-error: nothing
void ResilientClient(undefined);

function await_<T>(promise: PromiseLike<T>): T {
  throw promise;
}
