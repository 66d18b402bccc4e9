/** Clients that are made of Jest's own mock functions. */
import { describeMocks, type Mocked } from './forms';

describeMocks({
  'jest.fn()': () =>
    ({
      user: { findMany: jest.fn(), create: jest.fn() },
      $connect: jest.fn(),
      $disconnect: jest.fn(),
      $transaction: jest.fn(),
      $queryRawUnsafe: jest.fn(),
      $extends: jest.fn(),
    }) as unknown as Mocked,
});
