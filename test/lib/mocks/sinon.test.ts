/** Clients that are stubs of sinon. */
import sinon from 'sinon';

import { describeMocks, type Mocked } from './forms';

class PrismaClient {
  user = { findMany: async () => [], create: async () => ({ id: 0 }) };
  $connect = async (): Promise<void> => undefined;
  $disconnect = async (): Promise<void> => undefined;
  $transaction = async (): Promise<unknown> => [];
  $queryRawUnsafe = async (): Promise<unknown> => [];
  $extends = (): this => this;
}

describeMocks({
  'sinon.stub() of an instance': () => {
    const client = new PrismaClient();
    sinon.stub(client.user);
    return sinon.stub(client) as unknown as Mocked;
  },
  'an object of sinon.stub()': () =>
    ({
      user: { findMany: sinon.stub(), create: sinon.stub() },
      $connect: sinon.stub(),
      $disconnect: sinon.stub(),
      $transaction: sinon.stub(),
      $queryRawUnsafe: sinon.stub(),
      $extends: sinon.stub(),
    }) as unknown as Mocked,
});
