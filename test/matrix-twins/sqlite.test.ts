import { kTimings, testTwins } from '../e2e/twin/twins';
import { type SqliteTheatre, openSqliteTheatre } from './sqlite-theatre';

let theatre: SqliteTheatre;
beforeAll(() => {
  theatre = openSqliteTheatre();
});
afterAll(() => theatre.close());

describe('Prisma 7 on SQLite', () => {
  testTwins({ major: '7', provider: 'sqlite', timings: kTimings }, () => theatre);
});
