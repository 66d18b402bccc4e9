import { connect } from 'node:net';
import { extractErrorFacts } from '../../lib/client/error-facts';

function errorWith(properties: object, message = 'it failed'): Error {
  return Object.assign(new Error(message), properties);
}

describe('extractErrorFacts', () => {
  test('reads what a driver adapter said through Prisma', () => {
    const error = errorWith({
      name: 'PrismaClientKnownRequestError',
      code: 'P2010',
      clientVersion: '7.10.0',
      meta: {
        driverAdapterError: {
          name: 'DriverAdapterError',
          cause: { kind: 'postgres', originalCode: '57P01', originalMessage: 'terminating', severity: 'FATAL' },
        },
      },
    });
    expect(extractErrorFacts(error)).toEqual({
      kind: 'postgres',
      originalCode: '57P01',
      originalMessage: 'terminating',
      severity: 'FATAL',
      code: 'P2010',
      name: 'PrismaClientKnownRequestError',
      message: 'it failed',
      prismaMajor: 7,
    });
  });

  test('reads a bare DriverAdapterError, also of adapters that give no originalCode', () => {
    const error = errorWith({
      name: 'DriverAdapterError',
      cause: { kind: 'postgres', code: '40P01', message: 'dead' },
    });
    expect(extractErrorFacts(error)).toMatchObject({
      kind: 'postgres',
      originalCode: '40P01',
      originalMessage: 'dead',
    });
  });

  test("reads the database's code of a raw query in Prisma 5", () => {
    const error = errorWith({ code: 'P2010', clientVersion: '5.22.0', meta: { code: '', message: 'closed' } });
    expect(extractErrorFacts(error)).toMatchObject({ originalCode: '', originalMessage: 'closed', prismaMajor: 5 });
  });

  test("reads the mariadb driver's number, pool and hidden cause", () => {
    const error = errorWith(
      {
        errno: 45028,
        sqlState: 'HY000',
        code: 'ER_GET_CONNECTION_TIMEOUT',
        cause: errorWith({}, '(conn:-1) outer'),
      },
      'pool timeout: … (pool connections: active=0 idle=2 limit=10)',
    );
    (error.cause as Error).cause = errorWith({ code: 'ECONNREFUSED', syscall: 'connect' }, 'connect ECONNREFUSED');
    expect(extractErrorFacts(error)).toMatchObject({
      driver: 'mariadb',
      originalCode: '45028',
      causeCode: 'ECONNREFUSED',
      causeMessage: 'connect ECONNREFUSED',
      syscall: 'connect',
      poolActive: 0,
      poolIdle: 2,
    });
  });

  test('an adapter that passes only the text of the cause on', () => {
    const cause = { kind: 'mysql', originalCode: '45028', cause: 'connect ECONNREFUSED 127.0.0.1:1' };
    expect(extractErrorFacts(errorWith({ name: 'DriverAdapterError', cause }))).toMatchObject({
      causeMessage: 'connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  test('a connect that Node tried on several addresses', async () => {
    const error = await new Promise((resolve) =>
      connect({
        port: 1,
        host: 'localhost',
        autoSelectFamily: true,
        lookup: (_host, _options, answer) =>
          answer(null, [
            { address: '127.0.0.1', family: 4 },
            { address: '127.0.0.2', family: 4 },
          ] as never),
      }).once('error', resolve),
    );
    expect(extractErrorFacts(error)).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  test.each([
    ['a string', 'oops', { message: 'oops' }],
    ['a number', 42, { message: '42' }],
    ['a symbol', Symbol('x'), { message: 'Symbol(x)' }],
    ['null', null, {}],
    ['undefined', undefined, {}],
    ['an object without a prototype', Object.create(null), {}],
    ['a function', () => 1, { name: '' }],
  ])('%s may be thrown', (_what, thrown, expected) => {
    expect(extractErrorFacts(thrown)).toEqual(expected);
  });

  test('getters and proxies that throw are passed over', () => {
    const getters = {};
    for (const key of ['name', 'message', 'code', 'meta', 'cause', 'errors', 'errno', 'clientVersion'])
      Object.defineProperty(getters, key, {
        get() {
          throw new Error(`no ${key}`);
        },
      });
    expect(extractErrorFacts(getters)).toEqual({});
    const refuse = (): never => {
      throw new Error('no');
    };
    const proxy = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
    expect(extractErrorFacts(proxy)).toEqual({});
    expect(extractErrorFacts(errorWith({ meta: proxy, cause: proxy }))).toMatchObject({ message: 'it failed' });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(extractErrorFacts(revoked.proxy)).toEqual({});
  });

  test('a cause that goes round, or never ends, comes to an end', () => {
    const round = errorWith({ code: 'E1' });
    round.cause = round;
    expect(extractErrorFacts(round)).toMatchObject({ causeCode: 'E1' });
    let reads = 0;
    const endless = (): object => ({
      get cause() {
        ++reads;
        return endless();
      },
    });
    extractErrorFacts(endless());
    expect(reads).toBeLessThan(20);
  });

  test('properties of other types are not known', () => {
    const error = {
      name: 1n,
      message: {},
      code: true,
      meta: [],
      cause: 0,
      clientVersion: {},
      errno: 'x',
      errors: 'no',
    };
    expect(extractErrorFacts(error)).toEqual({});
  });

  test('a long text keeps its beginning and its end', () => {
    const { message = '', code = '' } = extractErrorFacts(
      errorWith({ code: 'C'.repeat(1e6) }, `begin${'x'.repeat(1e6)}end`),
    );
    expect(message.length).toBeLessThan(5000);
    expect(message.startsWith('begin')).toBe(true);
    expect(message.endsWith('end')).toBe(true);
    expect(code.length).toBeLessThan(200);
  });
});
