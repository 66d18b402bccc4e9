/** Clients that are mocks of jest-mock-extended, deep and shallow, in every form in which a client can be given. */
import { mock, mockDeep } from 'jest-mock-extended';

import { describeMocks, type Mocked } from './forms';

describeMocks({
  'mockDeep()': () => mockDeep<Mocked>(),
  'mockDeep() whose functions are deep too': () => mockDeep<Mocked>({ funcPropSupport: true }),
  'mock()': () => mock<Mocked>({ user: mock<Mocked['user']>() }),
});
