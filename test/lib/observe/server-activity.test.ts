/** Whom serverActivity() asks. */
import type { ServerActivity } from '../../../lib/native';
import { serverActivity } from '../../../lib/observe/server-activity';

type Asked = Parameters<typeof serverActivity>[0];

const kSeen: ServerActivity = {
  known: true,
  connections: [{ state: 'idle', count: 4 }],
  waitingForLock: 2,
  maxConnections: 100,
  serverStartedUs: 1,
  backends: [{ pid: 7, state: 'idle', ageMs: 1, inStateMs: 1, stateSinceUs: 1 }],
  code: '',
  message: '',
};

const kRows = [
  { state: 'active', count: 2, waiting: 1, max: 50 },
  { state: 'idle', count: 3, waiting: 0, max: 50 },
];

function hostWith(seen: ServerActivity | undefined, provider = 'postgresql') {
  const asked: string[] = [];
  const client = {
    _activeProvider: provider,
    $queryRawUnsafe: (sql: string) => {
      asked.push(sql);
      return Promise.resolve(kRows);
    },
  };
  const host = { activity: () => Promise.resolve(seen), generations: { current: { client } } };
  return { asked, host: host as unknown as Asked };
}

test('what the probe knows is not asked of the client', async () => {
  const { host, asked } = hostWith(kSeen);
  expect(await serverActivity(host, 5000, 5000)).toEqual({
    via: 'probe',
    connections: [{ state: 'idle', count: 4 }],
    waitingForLock: 2,
    own: 1,
    maxConnections: 100,
  });
  expect(asked).toEqual([]);
});

test('where none of our connections is found at the server, it is not known how many there are', async () => {
  const { host } = hostWith({ ...kSeen, backends: [] });
  expect((await serverActivity(host, 5000, 5000))?.own).toBeUndefined();
});

test.each<[string, ServerActivity | undefined]>([
  ['there is no native probe', undefined],
  ['the probe is not let in', { ...kSeen, known: false, code: '28P01', message: 'FATAL' }],
])('the client is asked where %s', async (_, seen) => {
  const { host, asked } = hostWith(seen);
  expect(await serverActivity(host, 5000, 5000)).toEqual({
    via: 'client',
    connections: [
      { state: 'active', count: 2 },
      { state: 'idle', count: 3 },
    ],
    waitingForLock: 1,
    own: undefined,
    maxConnections: 50,
  });
  expect(asked).toHaveLength(1);
});

test('another database has no such thing', async () => {
  const { host, asked } = hostWith(undefined, 'mysql');
  expect(await serverActivity(host, 5000, 5000)).toBeUndefined();
  expect(asked).toEqual([]);
});
