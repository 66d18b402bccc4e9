/** What is no client, half of one, or not always the same; configurations that are none. */
import { join } from 'node:path';
import { ConfigError, FactoryError, ResilientPrismaClient } from '../../../lib';
import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import type { AnyClient } from './scenario';
import { type Factory, kQuiet } from './subject';

let theatre: PostgresTheatre;
const open: { shutdown(): Promise<void> }[] = [];

beforeAll(async () => {
  theatre = await openPostgresTheatre(7);
});
beforeEach(() => theatre.resetRows());
afterEach(() => Promise.all(open.splice(0).map((resilient) => resilient.shutdown())));
afterAll(() => theatre.close());

function make(factory: Factory): ResilientPrismaClient<AnyClient> {
  const resilient = new ResilientPrismaClient<AnyClient>(factory, kQuiet);
  open.push(resilient);
  return resilient;
}

/** A factory that makes the first of these clients, then the second one, and so on. */
function inTurn(...makes: readonly (() => AnyClient)[]): Factory {
  let turn = 0;
  return () => makes[turn++]();
}

const plain = (): AnyClient => theatre.makeClient({});
const extended = (extension: object) => (): AnyClient => plain().$extends(extension);
/** With models of its own. */
const other = (): AnyClient => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { PrismaClient } = require(join(__dirname, '..', '..', '.generated', 'client-7')) as AnyClient;
  return new PrismaClient({ adapter: theatre.newAdapter() });
};

describe('what is no client', () => {
  class Half {
    $connect(): void {}
  }

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /A value of type undefined was given.*Expected a factory/],
    ['null', null, /null was given/],
    ['a URL', 'postgresql://localhost', /A value of type string was given/],
    ['an empty object', {}, /A value of type object was given/],
    ['a promise', Promise.resolve({}), /A value of type object was given/],
    ['a half-made client', new Half(), /without \$disconnect\(\); expected a PrismaClient/],
    ['a class instead of a factory', Half, /The class PrismaClient was given, not a function/],
  ])('%s is refused', (_what, source, message) => {
    const construct = (): unknown => new ResilientPrismaClient(source as never, kQuiet);
    expect(construct).toThrow(FactoryError);
    expect(construct).toThrow(message);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['nothing', () => undefined, /The factory returned undefined; expected a PrismaClient/],
    ['null', () => null, /The factory returned null; expected a PrismaClient/],
    ['a half-made client', () => ({ $connect() {}, $disconnect() {} }), /without \$transaction\(\)/],
  ])('a factory that returns %s is refused', (_what, factory, message) => {
    expect(() => new ResilientPrismaClient(factory as never, kQuiet)).toThrow(message);
  });

  test('what a factory throws is thrown', () => {
    const thrown = new RangeError('no database today');
    expect(() =>
      make(() => {
        throw thrown;
      }),
    ).toThrow(thrown);
  });
});

describe('a factory that makes another kind of client the second time', () => {
  const hook = ({ args, query }: AnyClient): unknown => query(args);
  test.each<[string, () => AnyClient, () => AnyClient, RegExp]>([
    ['without its client method', extended({ client: { $mine: () => 1 } }), plain, /without prisma\.\$mine, which/],
    ['without its model method', extended({ model: { user: { mine: () => 1 } } }), plain, /prisma\.user\.mine/],
    ['without its query hook', extended({ query: { user: { count: hook } } }), plain, /a query hook on user\.count/],
    ['without its query hook on all', extended({ query: { $allOperations: hook } }), plain, /hook on \$allOperations/],
    [
      'without its computed field',
      extended({ result: { user: { mine: { needs: {}, compute: () => 1 } } } }),
      plain,
      /the computed field user\.mine/,
    ],
    [
      'without one of two hooks',
      () => extended({ query: { $allOperations: hook } })().$extends({ query: { $allOperations: hook } }),
      extended({ query: { $allOperations: hook } }),
      /a query hook on \$allOperations/,
    ],
    ['with other models', plain, other, /without the model Sample, the model Report, .* and 3 more, which/],
  ])('%s is refused, and the first client serves on', async (_what, first, second, message) => {
    const resilient = make(inTurn(first, second, first));
    const prisma = resilient.getClient();
    expect(await prisma.tag.count()).toBe(2);
    const reset = resilient.hardReset();
    await expect(reset).rejects.toThrow(FactoryError);
    await expect(reset).rejects.toThrow(message);
    expect(await prisma.tag.count()).toBe(2);
    await resilient.hardReset();
    expect(await prisma.tag.count()).toBe(2);
    expect(resilient.getConnectionStats().totalHardResets).toBe(1);
  });

  test('is taken where the second client has more', async () => {
    const resilient = make(inTurn(plain, extended({ client: { $mine: () => 1 } })));
    await resilient.ready();
    await resilient.hardReset();
    expect(resilient.getClient().$mine()).toBe(1);
  });

  test('has nothing to do with what the application itself adds', async () => {
    const resilient = make(plain);
    const prisma = resilient.getClient();
    prisma.mine = 1;
    const mine = prisma.$extends({ model: { tag: { size: () => prisma.tag.count() } } });
    await resilient.hardReset();
    expect([prisma.mine, await mine.tag.size()]).toEqual([1, 2]);
  });

  test('or the very same client, is refused', async () => {
    const client = plain();
    const resilient = make(() => client);
    await resilient.ready();
    await expect(resilient.hardReset()).rejects.toThrow(/a client that it had returned before/);
    expect(await resilient.getClient().tag.count()).toBe(2);
  });
});

describe('a configuration', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['keys of null', { logging: null, reconnect: null, bulkheads: null, onError: null, memory: { autoGC: null } }],
  ])('%s means the defaults', async (_what, config) => {
    const said = jest.spyOn(console, 'info').mockImplementation();
    const resilient = new ResilientPrismaClient<AnyClient>(plain, config as never);
    open.push(resilient);
    expect(await resilient.getClient().tag.count()).toBe(2);
    // The defaults log to the console, from 'info' on.
    await resilient.hardReset();
    expect(said).toHaveBeenCalledWith(expect.stringContaining('hard-reset reason=manual'));
    said.mockRestore();
  });

  test.each<[string, unknown, RegExp]>([
    ['a text', 'server', /expected an object, got a string/],
    ['an array', [], /expected an object, got an array/],
    ['a function', () => ({}), /expected an object, got a function/],
    ['a wrong key', { retries: 3 }, /retries/],
  ])('%s is refused', (_what, config, message) => {
    const construct = (): unknown => new ResilientPrismaClient(plain, config as never);
    expect(construct).toThrow(ConfigError);
    expect(construct).toThrow(message);
  });
});
