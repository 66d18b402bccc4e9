import { type PostgresTheatre, openPostgresTheatre } from '../e2e/twin/postgres-theatre';
import { kTimings, testTwins } from '../e2e/twin/twins';

let theatre: PostgresTheatre;
beforeAll(async () => {
  theatre = await openPostgresTheatre(5);
});
afterAll(() => theatre.close());

describe('Prisma 5 on PostgreSQL', () => {
  testTwins({ major: '5', provider: 'postgresql', timings: kTimings }, () => theatre);
});
