/** Lines for people, and their fields for loggers that take some. */
import { Log, fieldsOf } from '../../../lib/host/log';

test.each([
  [
    'reconnect:success outageMs=3021 waiting=0 failed=2 retried=5 givenUp=0',
    { event: 'reconnect:success', outageMs: 3021, waiting: 0, failed: 2, retried: 5, givenUp: 0 },
  ],
  ['disconnect inFlight=3: connect ECONNREFUSED 127.0.0.1:5432 code=5', { event: 'disconnect', inFlight: 3 }],
  ['hard-reset reason=manual generation=2 ms=31', { event: 'hard-reset', reason: 'manual', generation: 2, ms: 31 }],
  ['circuit:open', { event: 'circuit:open' }],
  ['adapter: no connection timeout is set', { event: 'adapter' }],
  ['saving metrics failed, their counts are kept: no', {}],
  ['1024 log lines were dropped', {}],
])('%s', (line, fields) => {
  expect(fieldsOf(line)).toEqual({ component: 'prisma-resilient-client', ...fields });
});

test('a logger shaped like pino gets fields first; one shaped like console gets the line', () => {
  const calls: unknown[][] = [];
  const write = (...args: unknown[]): void => void calls.push(args);
  const plain = { debug: write, info: write, warn: write, error: write };
  const pino = { ...plain, child: () => pino, bindings: () => ({}) };
  new Log('info', plain).warn('outage elapsedMs=60000 waiting=4');
  new Log('info', pino).warn('outage elapsedMs=60000 waiting=4');
  new Log('info', pino).debug('unwanted');
  expect(calls).toEqual([
    ['prisma-resilient-client: outage elapsedMs=60000 waiting=4'],
    [
      { component: 'prisma-resilient-client', event: 'outage', elapsedMs: 60000, waiting: 4 },
      'outage elapsedMs=60000 waiting=4',
    ],
  ]);
});

test('fields hold no password either', () => {
  const calls: unknown[][] = [];
  const write = (...args: unknown[]): void => void calls.push(args);
  const logger = { debug: write, info: write, warn: write, error: write, child: write, bindings: write };
  new Log('info', logger).warn('disconnect inFlight=1 url=postgres://app:secret@db/app: password=secret');
  expect(JSON.stringify(calls)).not.toContain('secret');
});

test('a logger that throws harms nothing', () => {
  const fail = (): never => {
    throw new Error('disk full');
  };
  expect(() => new Log('info', { debug: fail, info: fail, warn: fail, error: fail }).info('x')).not.toThrow();
});
