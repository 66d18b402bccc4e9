/** `class Service extends ResilientClient(PrismaClient)`: which of the two answers, the resilient client or Prisma's own prototype. */
import { ConfigError, ResilientClient } from '../../../lib';

const kBrokenConnection = Object.assign(new Error("Can't reach database server"), { code: 'P1001' });

/** Fails each operation once, as a connection that broke does: only who goes through the resilience gets an answer. */
class StubClient {
  readonly failed = new Set<string>();
  readonly user = { findMany: () => this.answer('user.findMany') };
  static readonly made = 'by the stub';

  constructor(readonly options: object) {}
  async $connect(): Promise<void> {}
  async $disconnect(): Promise<void> {}
  $transaction(_members?: unknown): Promise<unknown> {
    return this.answer('$transaction');
  }
  $queryRaw(..._args: unknown[]): Promise<unknown> {
    return this.answer('$queryRaw');
  }

  /** What the package itself asks. */
  async $queryRawUnsafe(): Promise<unknown> {
    return [];
  }

  private async answer(method: string): Promise<unknown> {
    if (method !== '$transaction' && !this.failed.has(method)) {
      this.failed.add(method);
      throw kBrokenConnection;
    }
    return [`${method} of the client`];
  }
}

class Base extends ResilientClient(StubClient) {
  readonly log: string[] = [];

  constructor() {
    const reconnect = { initialDelay: 1, maxDelay: 1 };
    super({
      resilient: { probe: { mode: 'off' }, warmup: { enabled: false }, reconnect, logging: { level: 'silent' } },
    });
  }

  override $queryRaw(...args: unknown[]): Promise<unknown> {
    this.log.push('$queryRaw of the class');
    return super.$queryRaw(...args);
  }

  /** As `super[name]`. */
  superMember(name: string): unknown {
    return Reflect.get(Object.getPrototypeOf(Base.prototype) as object, name, this);
  }
}

class Service extends Base {
  override $queryRaw(...args: unknown[]): Promise<unknown> {
    this.log.push('$queryRaw of the class below');
    return super.$queryRaw(...args);
  }
}

describe('what a method looks up through super', () => {
  const open: Service[] = [];
  const made = (): Service => {
    const service = new Service();
    open.push(service);
    return service;
  };
  afterEach(() => Promise.all(open.splice(0).map((service) => service.$resilience.shutdown())));

  test('is answered by the resilient client, through every override on the way', async () => {
    const service = made();
    expect(await service.$queryRaw`SELECT 1`).toEqual(['$queryRaw of the client']);
    expect(service.log).toEqual(['$queryRaw of the class below', '$queryRaw of the class']);
  });

  test.each(['$connect', '$disconnect', '$transaction', '$queryRaw', '$resilience', 'user', 'hardReset', 'getClient'])(
    '%s is the member of the resilient client',
    async (name) => {
      const service = made();
      await service.user.findMany();
      const client = service.$resilience.getClient() as unknown as Record<string, unknown>;
      expect(client[name]).toBeDefined();
      expect(service.superMember(name)).toBe(client[name]);
    },
  );

  test('belongs to the instance that asks, and to those that are derived from it', async () => {
    const [one, other] = [made(), made()];
    expect(one.superMember('$resilience')).toBe(one.$resilience);
    expect(other.superMember('$resilience')).toBe(other.$resilience);
    const derived = Object.create(one) as Service;
    expect(derived.superMember('$resilience')).toBe(one.$resilience);
    expect(await derived.$queryRaw`SELECT 1`).toEqual(['$queryRaw of the client']);
  });

  test('is the same where a method is taken from the prototype, and called on an instance', async () => {
    const service = made();
    const inherited = Object.getPrototypeOf(Base.prototype) as StubClient;
    const bound = inherited.$queryRaw.bind(service as never);
    expect(await bound`SELECT 1`).toEqual(['$queryRaw of the client']);
    const { $transaction } = Service.prototype;
    expect(await $transaction.call(service as never, [])).toEqual(['$transaction of the client']);
    // On what is no instance it is Prisma's own.
    const bare = new StubClient({});
    const boundToBare = inherited.$queryRaw.bind(bare);
    await expect(boundToBare`SELECT 1`).rejects.toBe(kBrokenConnection);
  });

  test('an assignment makes a property of the instance', () => {
    const service = made();
    Reflect.set(Object.getPrototypeOf(Base.prototype) as object, 'mine', 1, service);
    expect(Object.getOwnPropertyDescriptor(service, 'mine')?.value).toBe(1);
    expect('mine' in StubClient.prototype).toBe(false);
  });

  test('the classes are what they were', () => {
    const service = made();
    expect([service instanceof Service, service instanceof Base, service instanceof StubClient]).toEqual([
      true,
      true,
      true,
    ]);
    expect(service.constructor).toBe(Service);
    // Without an instance there is no client to ask: frameworks that look at the prototype see a method like Prisma's own.
    const { $transaction } = Object.getPrototypeOf(Base.prototype) as StubClient;
    expect($transaction).toHaveLength(StubClient.prototype.$transaction.length);
    expect($transaction.name).toBe('$transaction');
    expect((Object.getPrototypeOf(Base.prototype) as StubClient).$transaction).toBe($transaction);
    expect(Reflect.get(Service, 'made')).toBe('by the stub');
  });
});

test.each([
  ['undefined', undefined, /ResilientClient: client: expected the class PrismaClient, got undefined/],
  ['null', null, /got null/],
  ['a client', { $connect: async () => undefined }, /got an object/],
  ['a factory', () => ({}), /got a function/],
])('of %s is refused with what was expected', (_, given, message) => {
  const call = (): unknown => ResilientClient(given as never);
  expect(call).toThrow(ConfigError);
  expect(call).toThrow(message);
});
