import { ConfigError } from '../../../lib/errors';
import { type FaultyNetwork, faultyNetwork } from '../../../lib/faults/faulty-network';
import { Ledger } from '../../../lib/faults/ledger';

const kUrl = 'postgresql://app:secret@localhost:1/app';

describe('what would never happen is refused, so that no test proves nothing', () => {
  let network: FaultyNetwork;
  beforeAll(async () => {
    network = await faultyNetwork(kUrl);
  });
  afterAll(() => network.close());

  test.each(['Nonsense', 'commandcomplete', '', undefined])('cutAfter(%p)', (message) => {
    expect(() => network.cutAfter(message as string)).toThrow(/cutAfter: the server sends no message.*CommandComplete/);
  });

  test("a name of the other side's", () => {
    expect(() => network.cutAfter('RowDescription', { from: 'client' })).toThrow(/the client sends no message/);
    network.cutAfter('Parse', { from: 'client' }).remove();
    network.cutAfter('Statement').remove();
    network.cutAfter('RowDescription').remove();
  });

  test.each([{ times: 0 }, { times: 1.5 }, { probability: 2 }, { then: 'explode' }])('limits %p', (limits) => {
    expect(() => network.cutAfter('CommandComplete', limits as never)).toThrow(ConfigError);
  });

  test('loseAcknowledgements', () => {
    expect(() => network.loseAcknowledgements(2)).toThrow(/a probability from 0 to 1, got 2/);
    expect(() => network.loseAcknowledgements(1, { times: 0 })).toThrow(/times: expected a whole number from 1, got 0/);
  });

  test('swallow', async () => {
    await expect(network.swallow({ connecting: 'x' as never })).rejects.toThrow(/expected 'works' or 'hangs', got x/);
  });
});

test.each(['sslmode=require', 'sslmode=no-verify', 'sslmode=verify-full', 'ssl=true'])(
  'inside of TLS no message can be waited for: %s',
  async (parameter) => {
    const network = await faultyNetwork(`${kUrl}?${parameter}`);
    try {
      expect(() => network.loseAcknowledgements()).toThrow(/inside of TLS/);
      expect(() => network.cutAfter('CommandComplete')).toThrow(/inside of TLS/);
    } finally {
      await network.close();
    }
  },
);

test('a ledger takes writes and tokens', async () => {
  const ledger = new Ledger();
  await expect(ledger.write(undefined as never)).rejects.toThrow(/expected a function that writes its token/);
  expect(() => ledger.check(undefined as never)).toThrow(/expected the tokens that are in the database/);
  expect(ledger.check([]).attempts).toBe(0);
});
