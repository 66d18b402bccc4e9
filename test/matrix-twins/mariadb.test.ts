import { kTimings, testTwins } from '../e2e/twin/twins';
import { type MariaDbTheatre, openMariaDbTheatre } from './mariadb-theatre';

let theatre: MariaDbTheatre;
beforeAll(async () => {
  theatre = await openMariaDbTheatre();
});
afterAll(() => theatre.close());

describe('Prisma 7 on MariaDB', () => {
  testTwins({ major: '7', provider: 'mysql', timings: kTimings }, () => theatre);
});
